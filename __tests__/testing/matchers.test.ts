import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { inspect, isDeepStrictEqual } from 'node:util';
import { Signal, SignalManager } from '../../src/index.js';
import {
  type Recording,
  assertNotSent,
  assertSent,
  assertSentInOrder,
  assertSentTimes,
  record,
  signalMatchers,
} from '../../src/testing/index.js';
import { isEqual } from '../../src/testing/show.js';
import '../../src/testing/jest.js';
import { errorOf } from '../helpers/promises.js';

interface Order {
  readonly item: string;
  readonly count: number;
}

let ordered: Signal<Order>;
let paid: Signal;
let lost: Signal;
let recording: Recording;

beforeEach(() => {
  const manager = new SignalManager({ name: 'shop' });
  ordered = new Signal({ name: 'ordered', manager });
  paid = new Signal({ name: 'paid', manager });
  lost = new Signal({ name: 'lost', manager });
  recording = record(manager);
  ordered.emit({ item: 'Dune', count: 1 });
  ordered.emit({ item: 'Emma', count: 2 });
  paid.emit();
});

/** The message of a matcher that fails. */
const messageOf = (fails: () => unknown): string => (errorOf(fails) as Error).message;

describe('the matchers (S10)', () => {
  it('toHaveSent passes if any send has equal kwargs, as in toEqual', () => {
    expect(recording).toHaveSent(paid);
    expect(recording).toHaveSent(paid, {});
    expect(recording).toHaveSent(ordered, { item: 'Emma', count: 2 });
    expect(recording).toHaveSent(ordered, { item: expect.stringMatching(/^D/), count: expect.any(Number) });
    expect(recording).toHaveSent(ordered, expect.objectContaining({ item: 'Dune' }));
    expect(recording).not.toHaveSent(lost);
    expect(recording).not.toHaveSent(ordered, { item: 'Dune', count: 2 });
  });

  it('toHaveSent compares sets by their members, and with the testers of `expect`', () => {
    class Money {
      constructor(
        readonly cents: number,
        readonly note: string,
      ) {}
    }
    const manager = new SignalManager();
    const sold = new Signal<{ tags: Set<string>; price: Money }>({ name: 'sold', manager });
    const sales = record(manager);
    sold.emit({ tags: new Set(['new']), price: new Money(5, 'cash') });
    expect(sales).not.toHaveSent(sold, { tags: new Set(['old']), price: new Money(5, 'cash') });
    expect(sales).not.toHaveSent(sold, { tags: new Set(['new']), price: new Money(5, 'card') });
    expect.addEqualityTesters([(a, b) => (a instanceof Money && b instanceof Money ? a.cents === b.cents : undefined)]);
    expect(sales).toHaveSent(sold, { tags: new Set(['new']), price: new Money(5, 'card') });
  });

  it('toHaveSentTimes passes if the number of sends is equal', () => {
    expect(recording).toHaveSentTimes(ordered, 2);
    expect(recording).toHaveSentTimes(lost, 0);
    expect(recording).not.toHaveSentTimes(ordered, 1);
  });

  it('toHaveSentInOrder passes if the sends contain the signals in this order', () => {
    expect(recording).toHaveSentInOrder([ordered, ordered, paid]);
    expect(recording).toHaveSentInOrder([ordered, paid]);
    expect(recording).not.toHaveSentInOrder([paid, ordered]);
    expect(recording).not.toHaveSentInOrder([ordered, ordered, ordered]);
  });

  it('have messages that name the signal and what was sent', () => {
    expect(messageOf(() => expect(recording).toHaveSent(ordered, { item: 'Emma', count: 1 }))).toBe(
      'Expected signal "ordered" to be sent with { item: \'Emma\', count: 1 }; it was sent 2 times:\n' +
        "  { item: 'Dune', count: 1 }\n  { item: 'Emma', count: 2 }",
    );
    expect(messageOf(() => expect(recording).toHaveSent(lost))).toBe(
      'Expected signal "lost" to be sent; it was not sent',
    );
    expect(messageOf(() => expect(recording).not.toHaveSent(paid))).toBe(
      'Expected signal "paid" not to be sent; it was sent once:\n  {}',
    );
    expect(messageOf(() => expect(recording).toHaveSentTimes(paid, 2))).toBe(
      'Expected signal "paid" to be sent 2 times; it was sent once:\n  {}',
    );
    expect(messageOf(() => expect(recording).toHaveSentInOrder([paid, ordered]))).toBe(
      'Expected the signals "paid", "ordered" to be sent in this order; sent were "ordered", "ordered", "paid"',
    );
    expect(messageOf(() => expect(recording).not.toHaveSentTimes(ordered, 2))).toMatch(
      /^Expected signal "ordered" not to be sent 2 times; it was sent 2 times:/,
    );
    expect(messageOf(() => expect(recording).not.toHaveSentInOrder([paid]))).toBe(
      'Expected the signals "paid" not to be sent in this order; sent were "ordered", "ordered", "paid"',
    );
    recording.clear();
    expect(messageOf(() => expect(recording).toHaveSentInOrder([paid]))).toBe(
      'Expected the signals "paid" to be sent in this order; sent were none',
    );
  });

  it('compare without `expect`, too', () => {
    expect(signalMatchers.toHaveSent(recording, ordered, { item: 'Dune', count: 1 })).toMatchObject({ pass: true });
    expect(signalMatchers.toHaveSent(recording, ordered, { item: 'Dune' })).toMatchObject({ pass: false });
  });

  it.each([
    ['no recording', () => signalMatchers.toHaveSent({} as Recording, paid), 'Expected `recording` to be what'],
    ['no signal', () => signalMatchers.toHaveSent(recording, 'paid' as never), 'Expected `signal` to be a symbol'],
    ['half a time', () => signalMatchers.toHaveSentTimes(recording, paid, 0.5), 'Expected `times` to be a whole'],
    ['no list', () => signalMatchers.toHaveSentInOrder(recording, paid as never), 'Expected `signals` to be an array'],
  ])('refuse %s', (_what, call, message) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
  });
});

describe('the assertions (S11)', () => {
  it('return, or throw, as the matchers decide', () => {
    assertSent(recording, paid);
    assertSent(recording, ordered, { item: 'Emma', count: 2 });
    assertNotSent(recording, lost);
    assertNotSent(recording, ordered, { item: 'Emma', count: 3 });
    assertSentTimes(recording, ordered, 2);
    assertSentInOrder(recording, [ordered, paid]);
    for (const fails of [
      () => assertSent(recording, lost),
      () => assertSent(recording, ordered, { item: 'Emma', count: 3 }),
      () => assertNotSent(recording, paid),
      () => assertNotSent(recording, ordered, { item: 'Emma', count: 2 }),
      () => assertSentTimes(recording, ordered, 3),
      () => assertSentInOrder(recording, [paid, ordered]),
    ]) {
      expect(errorOf(fails)).toMatchObject({ name: 'AssertionError', code: 'ERR_ASSERTION' });
    }
  });

  it('compare like isDeepStrictEqual, and the matchers like toEqual', () => {
    const loose = { item: 'Emma', count: 2, note: undefined };
    expect(recording).toHaveSent(ordered, loose);
    assertNotSent(recording, ordered, loose);
    expect(errorOf(() => assertSent(recording, ordered, loose))).toMatchObject({ name: 'AssertionError' });
    assertSent(recording, ordered, { count: 2, item: 'Emma' });
    expect(errorOf(() => assertNotSent(recording, ordered, { count: 2, item: 'Emma' }))).toBeInstanceOf(Error);
  });

  it('decide alike if kwargs cannot be printed', () => {
    const hostile = {
      item: 'Ulysses',
      count: 1,
      [inspect.custom](): never {
        throw new Error('no');
      },
    };
    ordered.emit(hostile);
    assertSent(recording, ordered, hostile);
    assertNotSent(recording, ordered, { ...hostile, count: 2 });
    expect(recording).toHaveSent(ordered, hostile);
    expect(errorOf(() => assertNotSent(recording, ordered, hostile))).toMatchObject({
      name: 'AssertionError',
      message: expect.stringContaining('not to be sent with an object that cannot be printed; it was sent 3 times:'),
    });
  });

  it('throw an AssertionError with actual and expected', () => {
    expect(errorOf(() => assertSentTimes(recording, ordered, 3))).toMatchObject({
      message: expect.stringContaining('Expected signal "ordered" to be sent 3 times; it was sent 2 times'),
      actual: 2,
      expected: 3,
    });
    expect(errorOf(() => assertSent(recording, paid, { n: 1 }))).toMatchObject({ actual: [{}], expected: [{ n: 1 }] });
  });
});

describe('where there is no util of Node, kwargs are compared alike (S11)', () => {
  const cyclic = (): object => {
    const object: { self?: unknown } = {};
    object.self = object;
    return object;
  };
  class Point {
    constructor(readonly x: number) {}
  }
  const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => new Uint8Array(values);
  it.each<[unknown, unknown, boolean]>([
    [1, 1, true],
    [NaN, NaN, true],
    [0, -0, false],
    ['1', 1, false],
    [null, undefined, false],
    [{ a: 1, b: [2] }, { b: [2], a: 1 }, true],
    [{ a: 1 }, { a: 1, b: undefined }, false],
    [[1, 2], [2, 1], false],
    [new Point(1), new Point(1), true],
    [new Point(1), { x: 1 }, false],
    [new Date(5), new Date(5), true],
    [new Date(5), new Date(6), false],
    [/a/g, /a/i, false],
    [new Map([['a', { n: 1 }]]), new Map([['a', { n: 1 }]]), true],
    [new Set([1]), new Set([2]), false],
    [new Error('a'), new Error('b'), false],
    [new Error('a'), new Error('a'), true],
    [cyclic(), cyclic(), true],
    [() => 1, () => 1, false],
    [new Set([1, { n: 2 }]), new Set([{ n: 2 }, 1]), true],
    [new Set([{ n: 1 }, { n: 2 }]), new Set([{ n: 1 }, { n: 1 }]), false],
    [new Set([1]), new Set([1, 2]), false],
    [new Map([['a', 1]]).set('b', 2), new Map([['b', 2]]).set('a', 1), true],
    [new Map([['a', 1]]), new Map([['a', 2]]), false],
    [Object(1), Object(2), false],
    [Object('a'), Object('a'), true],
    [bytes(1).buffer, bytes(2).buffer, false],
    [new DataView(bytes(1).buffer), new DataView(bytes(2).buffer), false],
    [new DataView(bytes(1, 2).buffer, 1), new DataView(bytes(2).buffer), true],
    [new AggregateError([1]), new AggregateError([2]), false],
    [new Error('a', { cause: 1 }), new Error('a'), false],
    [/a/g, Object.assign(/a/g, { lastIndex: 3 }), false],
  ])('%p and %p: %p', (a, b, equal) => {
    expect(isEqual(a, b, [])).toBe(equal);
    expect(isDeepStrictEqual(a, b)).toBe(equal);
  });

  it('URLs by their text', () => {
    expect(isEqual(new URL('http://a'), new URL('http://a'), [])).toBe(true);
    expect(isEqual(new URL('http://a'), new URL('http://b'), [])).toBe(false);
  });

  it('and a cycle without a prototype has a text in the message', async () => {
    const builtin = jest.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined);
    await jest.isolateModulesAsync(async () => {
      const { show } = await import('../../src/testing/show.js');
      const hostile = Object.assign(Object.create(null) as { self?: unknown }, {});
      hostile.self = hostile;
      expect([show(hostile), show({ n: [1n, undefined] })]).toEqual([
        'an object that cannot be printed',
        '{"n":["1","undefined"]}',
      ]);
    });
    builtin.mockRestore();
  });
});
