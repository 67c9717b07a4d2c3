import { describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { entryNames, requireBuild, root } from '../helpers/package.js';

requireBuild();

const dist = path.join(root, 'dist');

/** What a browser would download of entries: everything they import, minified. */
async function bundle(...entries: string[]) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: entries.map((entry) => `export * from './${entry}';`).join('\n'), resolveDir: dist },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'error',
    external: ['node:*', '@nats-io/*', '@nestjs/*', '@opentelemetry/*'],
    metafile: true,
    write: false,
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  return {
    compressedBytes: brotliCompressSync(outputFiles.map((file) => file.text).join('')).length,
    foreign: imports.filter((imported) => imported.external).map((imported) => imported.path),
  };
}

/** The most bytes that each entry adds to the core. */
const ADDED: readonly (readonly [entry: string, limitBytes: number])[] = [
  ['far.js', 1_408],
  ['bus.js', 5_120],
  ['interop.js', 2_048],
  ['threads.js', 12_288],
  ['bridge.js', 20_992],
  ['lifecycle.js', 4_096],
  ['inspect.js', 32_768],
  ['fastify.js', 768],
  ['nestjs.js', 1_024],
  ['testing.js', 3_072],
  ['channels.js', 2_048],
  ['otel.js', 3_072],
  ['memory.js', 768],
  ['broadcast.js', 576],
  ['mqtt.js', 960],
  ['nats.js', 2_240],
  ['redis.js', 2_816],
];
/** Entries that register themselves, in a process that has the inspector or a test runner anyway. */
const UNLIMITED = ['inspect/auto.js', 'testing/jest.js', 'testing/vitest.js'];

describe('the size of an entry, minified and compressed with brotli', () => {
  it('has a limit for each entry in `entries.mjs`', async () => {
    const limited = ['index.js', ...ADDED.map(([entry]) => entry), ...UNLIMITED];
    expect(limited.sort()).toEqual((await entryNames()).map((name) => `${name}.js`).sort());
  });

  it.each([['index.js', 25_024]])('of %s is at most %i bytes', async (entry, limitBytes) => {
    const { compressedBytes } = await bundle(entry);
    expect(compressedBytes).toBeGreaterThan(0);
    expect(compressedBytes).toBeLessThanOrEqual(limitBytes);
  });

  it.each(ADDED)('%s adds at most %i bytes to the core', async (entry, limitBytes) => {
    const core = await bundle('index.js');
    const both = await bundle('index.js', entry);
    const addedBytes = both.compressedBytes - core.compressedBytes;
    expect(addedBytes).toBeGreaterThan(0);
    expect(addedBytes).toBeLessThanOrEqual(limitBytes);
  });
});

describe('an entry for browsers', () => {
  it.each(['index.js', 'far.js', 'bus.js', 'interop.js', 'bridge.js', 'memory.js', 'broadcast.js', 'mqtt.js'])(
    '%s imports nothing of node',
    async (entry) => {
      expect((await bundle(entry)).foreign).toEqual([]);
    },
  );
});
