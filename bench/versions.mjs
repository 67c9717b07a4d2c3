// The versions of Node: the one that runs this script, and those of the runtime tests.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { install } from './install.mjs';

const runtimes = new URL('../runtimes/', import.meta.url);

/** @typedef {{ execPath: string, version: string, v8: string }} NodeVersion */

/** @type {NodeVersion} */
export const thisNode = { execPath: process.execPath, version: process.version, v8: process.versions.v8 };

/** Returns the major version, such as `24` for `v24.22.3`. */
export const majorOf = (version) => version.slice(1).split('.')[0];

/** Returns `Node 24.22` for `v24.22.3`. */
export const nameOf = (version) => `Node ${version.slice(1).split('.', 2).join('.')}`;

/**
 * Returns the Node of a major version: the one that runs this script, or the one that `runtimes/` installs.
 *
 * @param {string} major
 * @returns {NodeVersion}
 */
export function nodeOf(major) {
  if (major === majorOf(thisNode.version)) return thisNode;
  const { devDependencies } = JSON.parse(readFileSync(new URL('package.json', runtimes), 'utf8'));
  if (!Object.hasOwn(devDependencies, `node-${major}`)) {
    const known = Object.keys(devDependencies).flatMap((name) => /^node-(\d+)$/.exec(name)?.[1] ?? []);
    const expected = [majorOf(thisNode.version), ...known].join(', ');
    throw new Error(`Expected a major version of Node among ${expected}, got "${major}"`);
  }
  const execPath = fileURLToPath(new URL(`node_modules/node-${major}/bin/node`, runtimes));
  if (!existsSync(execPath)) install(runtimes);
  const { node, v8 } = JSON.parse(execFileSync(execPath, ['--print', 'JSON.stringify(process.versions)']));
  return { execPath, version: `v${node}`, v8 };
}
