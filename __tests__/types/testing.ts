// Never run: what must compile and what must not, checked by `npm run types`.
import { expect } from '@jest/globals';
import { expect as expectOfVitest } from 'vitest';
import { type FarResult, type SendResult, Signal, SignalManager } from '../../src/index.js';
import { type RecordedSend, assertSent, assertSentInOrder, record, silence } from '../../src/testing/index.js';
import '../../src/testing/jest.js';
import '../../src/testing/vitest.js';
import { check, type Equal } from './equal.js';

interface Order {
  readonly item: string;
  readonly count: number;
}
const ordered = new Signal<Order, string>({ name: 'ordered' });
const token = Symbol('token');
const recording = record(new SignalManager());
record();

// Lists have the types of the signal.
check<Equal<ReturnType<typeof recording.of<typeof ordered>>, RecordedSend<typeof ordered>[]>>();
const kwargs: Order[] = recording.kwargs(ordered);
const results: (SendResult<string> | FarResult<string>)[] = recording.results(ordered);
recording.of(token).map(({ keys, signal, kind }) => [keys.length, signal, kind, kwargs, results]);
// @ts-expect-error no manager
record(ordered);
// @ts-expect-error a string is no signal
recording.of('ordered');

// kwargs of assertions are whole, those of matchers may have asymmetric matchers.
assertSent(recording, ordered, { item: 'Dune', count: 1 });
assertSentInOrder(recording, [ordered, token]);
// @ts-expect-error the count is missing
assertSent(recording, ordered, { item: 'Dune' });
silence(new SignalManager(), { except: [ordered, token] });
// @ts-expect-error no option of it
silence(new SignalManager(), { only: [ordered] });

// The matchers of jest and of vitest.
expect(recording).toHaveSent(ordered, { item: 'Dune', count: 1 });
expect(recording).not.toHaveSent(token);
expect(recording).toHaveSentTimes(ordered, 2);
// eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- vitest types asymmetric matchers as any
expectOfVitest(recording).toHaveSent(ordered, { item: expectOfVitest.any(String), count: 1 });
expectOfVitest(recording).not.toHaveSentInOrder([ordered, token]);

// At any depth, and for values of any type.
interface Sale {
  readonly user?: { readonly id: number; readonly tags: readonly string[] } | undefined;
  readonly at: Date;
  readonly note: unknown;
  readonly undo: () => void;
}
const sold = new Signal<Sale>({ name: 'sold' });
const sale = { at: new Date(0), note: null, undo: () => undefined };
expect(recording).toHaveSent(sold, { ...sale, user: { id: expect.any(Number), tags: [expect.any(String), 'new'] } });
expect(recording).toHaveSent(sold, {
  ...sale,
  user: expect.any(Object),
  at: expect.any(Date),
  undo: expect.anything(),
});
// @ts-expect-error the id is a number
expect(recording).toHaveSent(sold, { ...sale, user: { id: '1', tags: [] } });
// @ts-expect-error the tags are missing
expect(recording).toHaveSent(sold, { ...sale, user: { id: expect.any(Number) } });
// @ts-expect-error a number cannot be called
expect(recording).toHaveSent(sold, { ...sale, undo: 1 });
export function sentAny<T extends object>(signal: Signal<T>, whole: T): void {
  expect(recording).toHaveSent(signal, whole);
}
// @ts-expect-error the count is a number
expect(recording).toHaveSent(ordered, { item: 'Dune', count: '1' });
// @ts-expect-error the count is missing
expectOfVitest(recording).toHaveSent(ordered, { item: 'Dune' });
// @ts-expect-error a string is no number
expect(recording).toHaveSentTimes(ordered, '2');
