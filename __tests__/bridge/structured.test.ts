import { describe, expect, it } from '@jest/globals';
import { PayloadError } from 'signalbox/bridge';
import { decodeContent, encodeContent, encodeResults } from '../../src/bridge/wire/content.js';
import { decodeValue, encodeValue } from '../../src/bridge/wire/structured.js';
import { decodeResult } from '../../src/far/encoding.js';
import { collectGarbage } from '../helpers/gc.js';
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

describe('what a message costs (H7)', () => {
  /** A list of `count` values, none of which is another one's. */
  const listOf = (count: number, text: string) =>
    `[[${Array.from({ length: count }, (_, index) => index + 1).join(',')}],${Array(count).fill(text).join(',')}]`;

  /** The bytes that what is made takes, while it is there. */
  async function bytesOf(make: () => unknown): Promise<number> {
    await collectGarbage();
    const before = process.memoryUsage().heapUsed;
    const made = make();
    await collectGarbage();
    const grown = process.memoryUsage().heapUsed - before;
    expect(made).toBeDefined(); // still there
    return grown;
  }

  it.each([
    ['sparse arrays', 1_000, '[-7,1000000]'],
    ['objects with large indices for names', 10_000, '{"1023":0}'],
    ['objects without a prototype, with such names', 10_000, '["null","1023",0]'],
    ['names that are written in escapes', 10_000, String.raw`{"102\u0033":0}`],
  ])('is proportional to its size: %s', async (_what, count, text) => {
    const message = listOf(count, text);
    expect(await bytesOf(() => decodeValue(message))).toBeLessThan(message.length * 100);
  });

  it('leaves objects with indices for names as they were', () => {
    const value = { 7: 'a', 10: 'b', 1023: 'c', 4294967294: 'd', 4294967295: 'e', x10: 'f' };
    expect(crossed(value)).toEqual(value);
    expect(Object.keys(crossed({ 4294967294: 1, 10: 2 }) as object)).toEqual(['10', '4294967294']);
    const sparse: unknown[] = [];
    sparse[999_999] = 'end';
    expect(Object.keys(crossed(sparse) as object)).toEqual(['999999']);
  });

  it('is not that of Unicode classes without end', () => {
    const classes = (count: number) => [new RegExp(String.raw`\p{L}`.repeat(count), 'u')];
    expect(crossed(classes(20))).toEqual(classes(20));
    const refused = new RangeError('More than 20 Unicode classes');
    expect(errorOf(() => crossed(classes(21)))).toEqual(refused);
    expect(errorOf(() => crossed(Array.from({ length: 3 }, () => classes(7))))).toEqual(refused);
    const escaped = String.raw`["\u0052egExp","${String.raw`\u005cp{L}`.repeat(21)}","u"]`;
    expect(errorOf(() => decodeValue(`[${escaped}]`))).toEqual(refused);
  });

  it('is not that of the host of a URL, which takes its square', () => {
    const url = new URL(`https://example.org/${'a'.repeat(5_000)}?${'b'.repeat(5_000)}`);
    expect(String(crossed(url))).toBe(String(url));
    const data = new URL(`data:text/plain,${'a'.repeat(5_000)}`);
    expect(String(crossed(data))).toBe(String(data));
    const host = '\u4e00'.repeat(1_001);
    for (const text of [`http://${host}/`, `h\tttp:/\n/${host}`, ` wss:\\\\${host}`, `FILE:////${host}`]) {
      const refused = errorOf(() => decodeValue(`[["URL",${JSON.stringify(text)}]]`));
      expect(refused).toEqual(new RangeError('A URL with a host of 1001 characters'));
    }
  });

  it('is that of an error once, however often it is there', () => {
    const errors = decodeValue('[[1,2,1],["Error",3],["Error",3],{"error":4},{"name":5,"message":5},"a"]') as Error[];
    expect(errors[0]).toMatchObject({ name: 'a', message: 'a' });
    expect([errors[1] === errors[0], errors[2] === errors[0]]).toEqual([true, true]);
  });

  it('is that of an error once when many have it for their cause', () => {
    let read = 0;
    const cause = Object.defineProperty(new Error('cause'), 'code', { get: () => `${(read += 1)}` });
    encodeValue(
      Array.from({ length: 100 }, (_, index) => new Error(`${index}`, { cause })),
      'It',
    );
    expect(read).toBe(1);
  });
});

describe('errors with fields (T9)', () => {
  const linesOf = (reason: unknown, maxBytes: number) =>
    encodeResults([{ status: 'rejected', reason, receiver: () => 1 }], maxBytes, () => undefined);

  it('cross with those that are plain data, with `errors`, and as a DOMException', () => {
    const invalid = Object.assign(new Error('invalid'), { status: 422, issues: [{ path: ['a'] }], fix: () => 1 });
    const stopped = new DOMException('stopped', 'AbortError');
    const copy = crossed([new AggregateError([invalid, stopped], 'both')]) as [AggregateError];
    expect(copy[0]).toBeInstanceOf(AggregateError);
    const [first, second] = copy[0].errors as [object, DOMException];
    expect(Object.entries(first)).toEqual([
      ['status', 422],
      ['issues', [{ path: ['a'] }]],
    ]);
    expect([second.constructor, second.name]).toEqual([DOMException, 'AbortError']);
    const { reason } = decodeResult(decodeValue(linesOf(invalid, 100_000)), { node: 'b' }) as { reason: unknown };
    expect(reason).toMatchObject({ message: 'invalid', status: 422 });
  });

  it('cross without them if there is no room for them', () => {
    const error = Object.assign(new AggregateError([new Error('inner')], 'outer', { cause: 'why' }), {
      ...{ code: 'ERR_MINE', stack: 'Error: outer', body: 'x'.repeat(10_000) },
    });
    const { reason } = decodeResult(decodeValue(linesOf(error, 1_000)), { node: 'b' }) as { reason: AggregateError };
    expect(reason).toBeInstanceOf(AggregateError);
    expect(reason).toMatchObject({ message: 'outer', code: 'ERR_MINE', stack: 'Error: outer', errors: [] });
    expect([reason.cause, Object.keys(reason)]).toEqual([undefined, ['code']]);
  });
});

describe('a PayloadError', () => {
  const kwargsError = (kwargs: object) =>
    errorOf(() => encodeContent({ kwargs, senders: [], keys: [] }, 'saved')) as PayloadError;

  it('names the path of what can’t travel among kwargs (H9)', () => {
    const error = kwargsError({ user: { save: () => 1 } });
    expect(error.message).toBe(
      'The kwargs of signal "saved" can\'t cross to another node: Cannot stringify a function at `kwargs.user.save`',
    );
    expect(error.issues).toEqual([{ message: 'Cannot stringify a function', path: 'kwargs.user.save' }]);
    expect(kwargsError({ list: [1, { 'odd name': new Connection() }] }).message).toMatch(
      / at `kwargs\.list\[1\]\["odd name"\]`$/,
    );
  });

  it('names the path of what can’t travel in a result (H9)', () => {
    const messageOf = (value: unknown) => {
      const line = encodeResults([{ status: 'fulfilled', value, receiver: handle }], 10_000, () => undefined);
      const { reason } = decodeResult(decodeValue(line), { node: 'b' }) as { reason: PayloadError };
      return [reason.message, reason.issues];
    };
    function handle(): void {
      // never called
    }
    const start = "The result of receiver handle can't cross to another node: Cannot stringify a function";
    const message = 'Cannot stringify a function';
    expect(messageOf({ user: [handle] })).toEqual([
      `${start} at \`result.user[0]\``,
      [{ message, path: 'result.user[0]' }],
    ]);
    expect(messageOf(handle)).toEqual([start, [{ message, path: 'result' }]]);
  });

  it.each([
    ['an error', new Error('text'), 'not a plain object'],
    ['a Map', new Map(), 'not a plain object'],
    ['a date', new Date(0), 'not a plain object'],
    ['an instance of a class', new Connection(), 'not a plain object'],
    ['an array', [1], 'an array'],
  ])('refuses kwargs that are %s, on both sides (H2, H4)', (_what, kwargs, words) => {
    expect(kwargsError(kwargs).message).toBe(
      `The kwargs of signal "saved" can't cross to another node: they are ${words}`,
    );
    if (kwargs instanceof Connection) return; // nobody can write it
    const payload = encodeValue([kwargs, [], []], 'It');
    expect(errorOf(() => decodeContent(payload))).toEqual(new TypeError('Kwargs must be a plain object'));
  });
});
