import { describe, expect, it } from '@jest/globals';
import { requireBuild, root } from '../helpers/package.js';
import { output } from '../helpers/package.js';

requireBuild();

/** Pools import themselves in ways that jest can't follow: each runs in a process of its own, which must end by itself. */
describe('a pool of threads', () => {
  it.each(['piscina', 'tinypool'])('of %s lives with it', async (pool) => {
    const printed = await output(process.execPath, ['__tests__/threads/fixtures/pool.mjs', pool], root);
    expect(JSON.parse(printed)).toEqual({
      results: Array.from({ length: 20 }, (_, n) => n * n),
      progress: Array.from({ length: 20 }, (_, n) => n),
      asked: 3,
      threads: ['one', 'two', 'three'],
      afterwards: [],
      reported: [],
    });
  });
});
