import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { bundle } from './bundle.mjs';

const COMPATIBILITY_DATE = '2026-07-01';

const configuration = (flags) => `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "smoke", worker = .smoke)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "smoke")],
);

const smoke :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.mjs")],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  compatibilityFlags = ${JSON.stringify(flags)},
);
`;

/** Runs the smoke test in workerd, once for each of two requests: what one leaves behind must not harm the next. */
export async function workerd(installed, flags) {
  const binary = path.join(installed, '@cloudflare/workerd-linux-64/bin/workerd');
  const version = execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim().replace('workerd ', '');
  const folder = mkdtempSync(path.join(tmpdir(), 'signalbox-workerd-'));
  writeFileSync(path.join(folder, 'worker.mjs'), await bundle('workerd.mjs', { external: ['node:*'] }));
  writeFileSync(path.join(folder, 'config.capnp'), configuration(flags));
  const args = ['serve', path.join(folder, 'config.capnp'), '--control-fd=3'];
  const server = spawn(binary, args, { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  const ended = once(server, 'exit').then(([code]) => {
    throw new Error(`workerd has ended with ${code}`);
  });
  ended.catch(() => undefined);
  try {
    // It tells there which port it has taken.
    const lines = createInterface(server.stdio[3]);
    const [line] = await Promise.race([once(lines, 'line'), ended]);
    const outcomes = [];
    for (let requests = 0; requests < 2; requests++) {
      const response = await Promise.race([fetch(`http://127.0.0.1:${JSON.parse(line).port}/`), ended]);
      if (!response.ok) throw new Error(`workerd has answered ${response.status}: ${await response.text()}`);
      outcomes.push(await response.json());
    }
    const [first, second] = outcomes;
    return {
      version,
      passed: first.passed + second.passed,
      failures: [...first.failures, ...second.failures.map((failure) => `second request: ${failure}`)],
    };
  } finally {
    server.kill();
    rmSync(folder, { recursive: true });
  }
}
