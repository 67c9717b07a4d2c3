import { beforeAll, describe, expect, it } from '@jest/globals';
import { buildSync } from 'esbuild';
import path from 'node:path';
import { packBeforeTests, type Project } from '../helpers/package.js';

const packed = packBeforeTests();

describe('the ESM copy, the CommonJS copy and a bundled copy in one process', () => {
  let project: Project;

  /** Runs code that has the three copies, and returns the JSON that it prints. */
  async function withCopies(code: string): Promise<unknown> {
    project.write(
      'copies.mjs',
      `import * as esm from 'signalbox';
       import * as bundled from './bundled.js';
       import { createRequire } from 'node:module';
       const cjs = createRequire(import.meta.url)('signalbox');
       const copies = { esm, cjs, bundled };
       ${code}`,
    );
    return JSON.parse(await project.node('copies.mjs')) as unknown;
  }

  beforeAll(async () => {
    project = await packed.installInto('copies', { type: 'module' });
    buildSync({
      entryPoints: [path.join(project.folder, 'node_modules/signalbox/dist/index.js')],
      outfile: path.join(project.folder, 'bundled.js'),
      bundle: true,
      minify: true,
      format: 'esm',
    });
  });

  it('are different modules', async () => {
    expect(await withCopies('console.log(new Set(Object.values(copies).map((copy) => copy.SignalManager)).size)')).toBe(
      3,
    );
  });

  it.each([
    ['sharedManager()', 'object'],
    ['ANY', 'symbol'],
    ['RECEIVER_CONNECTED', 'object'],
    ['RECEIVER_DISCONNECTED', 'object'],
  ])('have one %s (R20)', async (what, type) => {
    const told = `[typeof esm.${what}, esm.${what} === cjs.${what}, esm.${what} === bundled.${what}]`;
    expect(await withCopies(`console.log(JSON.stringify(${told}))`)).toEqual([type, true, true]);
  });

  it("take each other's signals and managers for their own (R20)", async () => {
    const told = await withCopies(`
      const told = {};
      for (const [a, one] of Object.entries(copies)) {
        for (const [b, other] of Object.entries(copies)) {
          const manager = new one.SignalManager({ onError: null });
          const signal = new other.Signal({ name: 'saved', manager });
          const any = [];
          manager.connect((kwargs, context) => void any.push(context.signal === signal), other.ANY);
          manager.connect(({ id }) => 'by manager ' + id, signal);
          signal.connect(({ id }) => 'by signal ' + id);
          const seen = [];
          manager.connect(({ connection }) => void seen.push(connection.connected), other.RECEIVER_CONNECTED);
          const connection = signal.connect(() => { throw new Error('no') });
          const results = await signal.send({ id: 1 });
          told[a + ' and ' + b] = [other.values(results.slice(0, 3)), other.failures(results).length, any, seen];
        }
      }
      console.log(JSON.stringify(told));
    `);
    const names = ['esm', 'cjs', 'bundled'];
    const pairs = names.flatMap((one) => names.map((other) => `${one} and ${other}`));
    const expected = [[null, 'by manager 1', 'by signal 1'], 1, [true], [true]];
    expect(told).toEqual(Object.fromEntries(pairs.map((pair) => [pair, expected])));
  });
});
