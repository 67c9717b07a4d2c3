import { expect, it } from '@jest/globals';
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
