import { beforeAll, describe, expect, it } from '@jest/globals';
import path from 'node:path';
import { output, requireBuild, root } from '../helpers/package.js';

// What is built, in processes of its own: where lines are counted, each line makes a call, which is one more place for the
// stack to end at.

/** What one check of the fixture comes to. */
async function atTheEnd(check: string, ...args: readonly string[]): Promise<Record<string, unknown>> {
  const fixture = path.join(__dirname, 'fixtures/end-of-stack.mjs');
  return JSON.parse(await output(process.execPath, [fixture, check, ...args], root)) as Record<string, unknown>;
}

describe('at the end of the stack', () => {
  beforeAll(requireBuild);

  it.each(['1', '3'])(
    'a send that never ends its nesting fails, and all is as before, %s connected (R25)',
    async (count) => {
      expect(await atTheEnd('nesting', count)).toEqual({
        thrown: 'SendDepthError',
        failed: [],
        calls: 1,
        results: Number(count),
        pending: 0,
      });
    },
  );

  it.each([
    ['1', 'value'],
    ['1', 'thrown'],
    ['1', 'resolved'],
    ['1', 'rejected'],
    ['2', 'value'],
    ['2', 'thrown'],
    ['2', 'resolved'],
    ['2', 'rejected'],
  ])(
    'no send stays pending, wherever it is stopped: %s connected, one with an outcome that is %s (R23)',
    async (count, outcome) => {
      const { returned, thrown, pending } = await atTheEnd('outcome', count, outcome);
      expect(returned).toBeGreaterThan(0);
      expect(thrown).toBeGreaterThan(0);
      expect(pending).toBe(0);
    },
  );
});
