// node run.mjs [name …]: runs the smoke test in each runtime, or in those named, with the package as npm would publish it.
// Prints one line per runtime, and fails if a check does. `npm run test:runtimes` installs the runtimes first.
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { chromiumPage } from './hosts/chromium.mjs';
import { workerd } from './hosts/workerd-server.mjs';

const here = import.meta.dirname;
const root = path.join(here, '..');
const installed = path.join(here, 'node_modules');
const run = promisify(execFile);

/** Ends a runtime that hangs. */
const HANGS_AFTER_MS = 600_000;
const LEAST_CHECKS = 25;

/** Puts the package in place, as `npm install` would. */
async function installPackage() {
  const target = path.join(installed, 'signalbox');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  const packing = ['pack', '--ignore-scripts', '--json', '--pack-destination', tmpdir()];
  const [{ filename }] = JSON.parse((await run('npm', packing, { cwd: root })).stdout);
  const tarball = path.join(tmpdir(), filename);
  await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
  rmSync(tarball);
}

/** A runtime that runs files, and has worker threads. */
function program(file, args) {
  return async () => {
    const binary = path.join(installed, file);
    const options = { cwd: here, timeout: HANGS_AFTER_MS, env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' } };
    const [version = ''] = /\d+(\.\d+)+/.exec((await run(binary, ['--version'], options)).stdout) ?? [];
    const { stdout } = await run(binary, [...args, 'hosts/with-threads.mjs'], options);
    return { version, ...JSON.parse(stdout.trimEnd().split('\n').at(-1)) };
  };
}

const noEval = ['--disallow-code-generation-from-strings'];
const runtimes = {
  'node-22': program('node-22/bin/node', noEval),
  'node-24': program('node-24/bin/node', noEval),
  'node-26': program('node-26/bin/node', noEval),
  bun: program('@oven/bun-linux-x64-baseline/bin/bun', []),
  deno: program('@deno/linux-x64-glibc/deno', ['run', '--allow-all', '--node-modules-dir=manual', '--no-lock']),
  workerd: () => workerd(installed, []),
  'workerd-nodejs_compat': () => workerd(installed, ['nodejs_compat']),
  chromium: () => chromiumPage(installed),
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !Object.hasOwn(runtimes, name));
if (unknown.length > 0)
  throw new Error(`Expected names of ${Object.keys(runtimes).join(', ')}, got ${unknown.join(', ')}`);

await installPackage();
for (const [name, start] of Object.entries(runtimes)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  try {
    const { version, passed, failures } = await start();
    if (passed + failures.length < LEAST_CHECKS) failures.push(`ran ${passed} of at least ${LEAST_CHECKS} checks`);
    console.log(`${name} ${version}: ${passed} assertions passed, ${failures.length} failed`);
    for (const failure of failures) console.log(`  ${failure.replaceAll('\n', '\n    ')}`);
    if (failures.length > 0) process.exitCode = 1;
  } catch (error) {
    console.log(`${name}: did not run to its end\n  ${String(error?.stack ?? error)}\n${error?.stdout ?? ''}`);
    process.exitCode = 1;
  }
}
