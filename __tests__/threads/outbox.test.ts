import { describe, expect, it } from '@jest/globals';
import { type Emit, Outbox } from '../../src/threads/emit-outbox.js';
import type { EmitsMessage } from '../../src/threads/messages.js';

it('emits form one run of a message only while they go to the same threads (T2)', () => {
  const posted: EmitsMessage[] = [];
  const owner = { hold: () => () => undefined, lost: () => undefined };
  const outbox = new Outbox({ id: 1, name: 'w' }, 10, (message) => posted.push(message), owner, new Int32Array(3), 1);
  const emit = (n: number, ...to: number[]): Emit => {
    return { signal: 'x', from: 0, to, rest: undefined, kwargs: { n }, trace: undefined };
  };
  for (const each of [emit(1, 1, 2), emit(2, 1, 2), emit(3, 1, 3), emit(4, 1)]) outbox.push(each);
  outbox.flush();
  const runs = posted.flatMap((message) => message.runs).map(({ to, kwargs }) => [to, kwargs]);
  expect(runs).toEqual([
    [
      [1, 2],
      [{ n: 1 }, { n: 2 }],
    ],
    [[1, 3], [{ n: 3 }]],
    [[1], [{ n: 4 }]],
  ]);
});

describe('Outbox', () => {
  /** An outbox for at most `limit` emits, whose neighbour takes what the test says. */
  function outboxOf(limit: number) {
    const taken = new Int32Array(3);
    const sizes: number[] = [];
    const done: string[] = [];
    const failed: unknown[] = [];
    const outbox = new Outbox(
      { id: 1, name: 'w' },
      limit,
      ({ runs }) => sizes.push(runs.reduce((sum, { kwargs }) => sum + kwargs.length, 0)),
      {
        hold: (signal) => {
          done.push(`hold ${signal}`);
          return () => void done.push(`release ${signal}`);
        },
        lost: (error) => failed.push(error),
      },
      taken,
      1,
    );
    const push = (count: number, signal = 'x'): void => {
      for (let n = 0; n < count; n++)
        outbox.push({ signal, from: 0, to: [1], rest: undefined, kwargs: {}, trace: undefined });
    };
    const take = (count: number): void => void Atomics.add(taken, 1, count);
    return { outbox, sizes, done, failed, push, take };
  }

  it('drops what goes beyond its limit, and reports it once per flush; what is taken makes room (T5)', () => {
    const { outbox, sizes, failed, push, take } = outboxOf(3);
    push(5);
    outbox.flush();
    outbox.flush();
    expect(sizes).toEqual([3]);
    expect(failed).toMatchObject([{ name: 'ThreadOverflowError', limit: 3, dropped: 2 }]);
    take(2);
    push(3);
    outbox.flush();
    expect(sizes).toEqual([3, 2]);
    expect(failed).toMatchObject([{ dropped: 2 }, { dropped: 1 }]);
  });

  it('posts 128 emits at once, without waiting for the end of the turn', () => {
    const { sizes, push } = outboxOf(1_000);
    push(127);
    expect(sizes).toEqual([]);
    push(2);
    expect(sizes).toEqual([128]);
  });

  it('counts the emits of a signal as pending until its neighbour has taken the last of them', () => {
    const { outbox, done, push, take } = outboxOf(10);
    push(2);
    push(1, 'y');
    outbox.flush();
    take(2);
    outbox.settle();
    expect(done).toEqual(['hold x', 'hold y']);
    take(1);
    push(1, 'z');
    outbox.flush(); // settles, too
    expect(done).toEqual(['hold x', 'hold y', 'hold z', 'release x', 'release y']);
  });

  it.each([
    [true, [{ name: 'ThreadExitedError', lost: 3 }]],
    [false, []],
  ])('posts what it has collected when it closes, which is lost if the neighbour is gone: %s', (gone, lost) => {
    const { outbox, sizes, done, failed, push } = outboxOf(10);
    push(3);
    outbox.close(gone);
    expect([sizes, done]).toEqual([[3], ['hold x', 'release x']]);
    expect(failed).toMatchObject(lost);
    expect(failed).toHaveLength(lost.length);
  });
});
