import { afterAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { output, requireBuild, root } from '../helpers/package.js';

requireBuild();

const INPUTS = 1_000_000;

const KINDS = [
  'a call that was here before',
  'an answer to a call that was never made',
  'another major version',
  'another node has the name of this one',
  'bad field `from`',
  'bad field `id`',
  'bad field `run`',
  'bad field `signal`',
  'bad field `toAll`',
  'header is no JSON',
  'kwargs that are no structured data',
  'larger than maxBytes',
  'more nodes than maxNodes',
  'no version',
  'not UTF-8',
  'truncated',
  'unknown type of message',
];

interface Outcome {
  readonly valid: readonly unknown[];
  readonly called: readonly unknown[];
  readonly grownBytes: number;
  readonly prototypesChanged: boolean;
  readonly nodes: number;
  readonly otherErrors: readonly string[];
  readonly told: readonly (readonly [kind: string, node: string | null])[];
}

const folder = mkdtempSync(path.join(tmpdir(), 'signalbox-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The program as one file that uses the package as it is built. */
async function bundled(): Promise<string> {
  const outfile = path.join(folder, 'fuzz.mjs');
  await build({
    entryPoints: [path.join(root, '__tests__/bridge/fixtures/fuzz.mjs')],
    bundle: true,
    alias: { signalbox: path.join(root, 'dist/index.js'), 'signalbox/bridge': path.join(root, 'dist/bridge.js') },
    platform: 'node',
    format: 'esm',
    outfile,
  });
  return outfile;
}

describe('what comes in', () => {
  const title = `is hostile until checked: ${INPUTS.toLocaleString('en')} messages reach nobody and leave nothing`;
  it(title, async () => {
    const told = await output(process.execPath, ['--expose-gc', await bundled(), String(INPUTS)], root);
    const outcome = JSON.parse(told) as Outcome;
    const { grownBytes, told: kinds, ...rest } = outcome;
    expect(rest).toEqual({
      valid: [{ n: 1 }],
      called: [],
      prototypesChanged: false,
      nodes: 51, // itself, and as many as `maxNodes` allows
      otherErrors: [],
    });
    expect(grownBytes).toBeLessThan(1_000_000);
    // Each kind once for each node that is known, and once for all others.
    expect(new Set(kinds.map(String)).size).toBe(kinds.length);
    const seen = kinds.map(([kind]) => kind);
    expect(KINDS.filter((kind) => !seen.includes(kind))).toEqual([]);
  });
});
