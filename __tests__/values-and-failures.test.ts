import { describe, expect, it } from '@jest/globals';
import { failures, ReceiversFailedError, type SendResult, SignalManager, values } from '../src/index.js';
import { errorOf } from './helpers/promises.js';
import { fulfilled, rejected } from './helpers/results.js';

const [a, b, c] = [() => 1, () => 2, () => 3];
const [one, two] = [new Error('one'), new Error('two')];

describe('values', () => {
  it('gives the values in order', () => {
    expect(values([fulfilled(a, 1), fulfilled(b, undefined), fulfilled(c, 3)])).toEqual([1, undefined, 3]);
    expect(values([])).toEqual([]);
  });

  it('throws ReceiversFailedError with all reasons and their results if any receiver failed', () => {
    const results: SendResult<number>[] = [rejected(a, one), fulfilled(b, 2), rejected(c, two)];
    const error = errorOf(() => values(results)) as ReceiversFailedError;
    expect(error).toBeInstanceOf(ReceiversFailedError);
    expect(error).toBeInstanceOf(AggregateError);
    expect([error.name, error.code]).toEqual(['ReceiversFailedError', 'ERR_RECEIVERS_FAILED']);
    expect(error.errors).toHaveLength(2);
    expect(error.errors[0]).toBe(one);
    expect(error.errors[1]).toBe(two);
    expect(error.failures).toEqual([results[0], results[2]]);
    expect(error.cause).toBe(one);
    expect(error.message).toBe('2 of 3 receivers failed, the first with Error: one');
  });

  it.each([undefined, null, 0, 'no'])('throws for a receiver that failed with %p, too', (reason) => {
    const error = errorOf(() => values([rejected(a, reason)])) as ReceiversFailedError;
    expect(error.errors).toEqual([reason]);
    expect(error.failures).toEqual([rejected(a, reason)]);
  });

  it.each<[what: string, reason: unknown, headline: string]>([
    ['an error of several lines', new RangeError('no paper\nin tray 2'), 'RangeError: no paper'],
    ['a string', 'no', 'no'],
    ['undefined', undefined, 'undefined'],
    ['a symbol', Symbol('no'), 'Symbol(no)'],
    ['a long string', 'x'.repeat(1_000), 'x'.repeat(200)],
    ['an object without a prototype', Object.create(null), 'a reason that cannot be printed'],
  ])('shows %s as the first reason', (_what, reason, headline) => {
    const error = errorOf(() => values([rejected(a, reason), rejected(b, two)])) as ReceiversFailedError;
    expect(error.cause).toBe(reason);
    expect(error.message).toBe(`2 of 2 receivers failed, the first with ${headline}`);
  });

  it('takes what send and sendSync give', async () => {
    const manager = new SignalManager();
    const signal = Symbol('asked');
    manager.connect(async () => 'late', signal, { key: 'late' });
    manager.connect(() => 'value', signal);
    expect(values(await manager.send(signal, {}, { key: 'late' }))).toEqual(['late', 'value']);
    expect(values(manager.sendSync(signal))).toEqual(['value']);
  });
});

describe('failures', () => {
  it('gives the rejected results in order', () => {
    const results: SendResult<number>[] = [rejected(a, one), fulfilled(b, 2), rejected(c, undefined)];
    expect(failures(results)).toEqual([rejected(a, one), rejected(c, undefined)]);
  });

  it('is empty when nobody failed', () => {
    expect(failures([fulfilled(a, 1)])).toEqual([]);
    expect(failures([])).toEqual([]);
  });
});
