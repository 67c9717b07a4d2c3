import { describe, expect, it } from '@jest/globals';
import { PayloadError } from 'signalbox/bridge';
import { encodeResults } from '../../src/bridge/content.js';
import { decodeValue, encodeValue } from '../../src/bridge/structured.js';
import { decodeResult } from '../../src/far-encoding.js';
import { errorOf } from '../helpers/promises.js';

const crossed = (value: unknown) => decodeValue(encodeValue(value, 'It'));

class Connection {
  open = true;
}

describe('structured data', () => {
  const cyclic: { self?: unknown; list: unknown[] } = { list: [1] };
  cyclic.self = cyclic;
  cyclic.list.push(cyclic.list);

  it.each([
    ['undefined, NaN, -0 and infinities', [undefined, NaN, -0, Infinity, -Infinity]],
    ['bigints, strings with anything in them, null', [2n ** 70n, 'a\n"\\\u0000\u2028<é🙂', null]],
    ['Map and Set', new Map<unknown, unknown>([[{ k: 1 }, new Set([[1], 'b'])]])],
    ['Date and RegExp', { at: new Date(1_700_000_000_000), like: /a+b/giu }],
    ['sparse arrays', [1, , 3]], // eslint-disable-line no-sparse-arrays -- that is the point
    [
      'ArrayBuffer and views',
      [new ArrayBuffer(3), new Uint8Array([1, 2]), new Float64Array([0.1]), new DataView(new ArrayBuffer(2))],
    ],
    ['boxed primitives', [Object(1), Object('a'), Object(false)]],
    ['cycles', cyclic],
    ['objects without a prototype', Object.assign(Object.create(null) as object, { a: 1 })],
    ['`constructor` as a key like any other', { constructor: { prototype: { polluted: true } } }],
  ])('crosses: %s', (_what, value) => {
    const copy = crossed(value);
    expect(copy).toEqual(value);
    expect(Object.getPrototypeOf(copy)).toBe(Object.getPrototypeOf(value));
  });

  it('keeps what is the same the same', () => {
    const one = {};
    const [first, second] = crossed([one, one]) as unknown[];
    expect(first).toBe(second);
  });

  it('crosses with the errors in it: name, message, stack, code and cause', () => {
    const cause = Object.assign(new TypeError('inner'), { code: 'ERR_INNER' });
    const error = new Error('outer', { cause });
    const copy = crossed({ error }) as { error: Error };
    expect(copy.error).toBeInstanceOf(Error);
    expect([copy.error.message, copy.error.stack]).toEqual(['outer', error.stack]);
    expect(copy.error.cause).toMatchObject({ name: 'TypeError', message: 'inner', code: 'ERR_INNER' });
  });

  it('describes the cause of an error, or what was thrown, that is no structured data', () => {
    const error = new Error('outer', { cause: { error: new Error('inner', { cause: new Connection() }) } });
    const copy = crossed({ error }) as { error: { cause: { error: Error } } };
    expect(copy.error.cause.error).toMatchObject({ message: 'inner', cause: '[object Object]' });
    const lines = [new Error('outer', { cause: new Connection() }), new Connection(), error].map((reason) =>
      encodeResults([{ status: 'rejected', reason, receiver: () => 1 }], 100_000, () => undefined),
    );
    const results = lines.map((line) => decodeResult(decodeValue(line), { node: 'b' }));
    expect(results).toMatchObject([
      { reason: { message: 'outer', cause: '[object Object]' } },
      { reason: '[object Object]' },
      { reason: { message: 'outer', cause: { error: { message: 'inner', cause: '[object Object]' } } } },
    ]);
  });

  it('tells once of a result that can’t cross, though what is said of that does not fit either', () => {
    const told: unknown[] = [];
    const results = [() => 1, 'x'.repeat(1_000)].map((value) => ({
      ...{ status: 'fulfilled' as const, value },
      receiver: () => 1,
    }));
    const lines = encodeResults(results, 100, (error) => told.push((error as Error).message));
    expect(told).toEqual([
      expect.stringContaining("can't cross to another node"),
      expect.stringContaining('is too large for a message'),
    ]);
    const reasons = lines.split('\n').map((line) => (decodeValue(line) as { reason: unknown }).reason);
    const tooLarge = { error: { message: expect.stringContaining('is too large for a message') as unknown } };
    expect(reasons).toMatchObject([tooLarge, tooLarge]);
  });

  it('crosses, in no time, with errors that are in many ways their own cause', () => {
    const error = new Error('round', { cause: {} });
    Object.assign(error.cause as object, {
      error,
      list: Array.from({ length: 30 }, () => new Error('', { cause: { error } })),
    });
    expect(crossed({ error })).toMatchObject({ error: { message: 'round', cause: { list: { length: 30 } } } });
  });

  it('has only the bytes that a view shows, not those around it', () => {
    const pooled = Buffer.from('visible');
    const copy = crossed(pooled) as Uint8Array;
    expect([...copy]).toEqual([...pooled]);
    expect(copy.buffer.byteLength).toBe(7);
  });

  it.each([
    ['a function', { a: { b: () => 1 } }, '.a.b'],
    ['a symbol', { a: [Symbol('s')] }, '.a[0]'],
    ['an instance of a class', { a: new Connection() }, '.a'],
    ['a promise', { a: Promise.resolve() }, '.a'],
    ['a key `__proto__`', JSON.parse('{"__proto__":1}'), ''],
    ['a WeakMap', new WeakMap(), ''],
  ])('refuses %s, and says where it is', (_what, value, place) => {
    const error = errorOf(() => crossed(value)) as PayloadError;
    expect(error).toBeInstanceOf(PayloadError);
    expect(error.issues).toEqual([{ message: expect.any(String), path: place }]);
  });

  it('refuses what is nested deeper than the stack, both ways', () => {
    let deep: unknown = {};
    for (let depth = 0; depth < 100_000; depth++) deep = { deep };
    expect(errorOf(() => encodeValue(deep, 'It'))).toBeInstanceOf(PayloadError);
    const text = `[${Array.from({ length: 100_000 }, (_, i) => `[${i + 1}]`).join(',')},0]`;
    expect(errorOf(() => decodeValue(text))).toBeInstanceOf(Error);
  });

  it('crosses in few bytes if it is nearly all holes; one that is endless is refused', () => {
    const sparse: unknown[] = [];
    sparse[100_000] = 'end';
    expect(encodeValue(sparse, 'It').length).toBeLessThan(100);
    expect(crossed(sparse)).toHaveLength(100_001);
    sparse[2 ** 32 - 2] = 'end';
    const refused = new RangeError('A sparse array of 4294967295 elements');
    expect(errorOf(() => crossed(sparse))).toEqual(refused);
    for (const mark of ['-7', '-7.0', '-0.7e1', '-70E-1'])
      expect(errorOf(() => decodeValue(`[[${mark},4294967295]]`))).toEqual(refused);
  });

  it('refuses what a getter makes of it', () => {
    const value = Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => {
        throw new Error('not now');
      },
    });
    expect(errorOf(() => encodeValue(value, 'It'))).toMatchObject({
      message: "It can't cross to another node: not now",
      cause: { message: 'not now' },
    });
  });
});
