import { describe, expect, it } from '@jest/globals';
import { build, type Plugin } from 'esbuild';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { requireBuild, root } from '../helpers/package.js';

requireBuild();

/** Leaves out what an entry shares with the core. */
const withoutCore: Plugin = {
  name: 'without core',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/(index|chunks\/)/ }, ({ path: file }) => ({ path: file, external: true }));
  },
};

/** What a browser would download of an entry: everything it imports, minified. */
async function bundle(entry: string, plugins: Plugin[] = []) {
  const { outputFiles, metafile } = await build({
    entryPoints: [path.join(root, 'dist', entry)],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    external: ['node:*', '@nats-io/*'],
    metafile: true,
    plugins,
    write: false,
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  return {
    compressedBytes: brotliCompressSync(outputFiles.map((file) => file.text).join('')).length,
    foreign: imports.filter((imported) => imported.external).map((imported) => imported.path),
  };
}

describe('the size of an entry, minified and compressed with brotli', () => {
  it.each([['index.js', 15_700]])('of %s is at most %i bytes', async (entry, limitBytes) => {
    const { compressedBytes } = await bundle(entry);
    expect(compressedBytes).toBeGreaterThan(0);
    expect(compressedBytes).toBeLessThanOrEqual(limitBytes);
  });

  it.each([
    ['bus.js', 4_096],
    ['threads.js', 8_448],
    ['bridge.js', 13_312],
    ['memory.js', 640],
    ['broadcast.js', 512],
    ['mqtt.js', 512],
    ['nats.js', 1_152],
    ['redis.js', 1_664],
  ])('of %s without the core is at most %i bytes', async (entry, limitBytes) => {
    const { compressedBytes, foreign } = await bundle(entry, [withoutCore]);
    expect(foreign).not.toEqual([]);
    expect(compressedBytes).toBeLessThanOrEqual(limitBytes);
  });
});

describe('an entry for browsers', () => {
  it.each(['index.js', 'bus.js', 'bridge.js', 'memory.js', 'broadcast.js', 'mqtt.js'])(
    '%s imports nothing of node',
    async (entry) => {
      expect((await bundle(entry)).foreign).toEqual([]);
    },
  );
});
