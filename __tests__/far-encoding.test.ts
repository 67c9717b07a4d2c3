import { describe, expect, it, jest } from '@jest/globals';
import { cloneableResult, decodeValues, decodeResult, encodeValues, encodeResult } from '../src/far/encoding.js';
import { decodeReason } from '../src/far/decode-reason.js';
import { encodeReason } from '../src/far/encode-reason.js';
import { ReceiverTimeoutError, StreamOverflowError } from '../src/index.js';
import { snapshotOf } from '../src/threads/kwargs-copy.js';
import { errorOf } from './helpers/promises.js';
import { ThreadExitedError } from '../src/threads/index.js';

/** As it comes out on the other side. */
const crossed = (reason: unknown) => decodeReason(structuredClone(encodeReason(reason)));

function causeChain(length: number): Error {
  return length === 0 ? new Error('last') : new Error(`${length}`, { cause: causeChain(length - 1) });
}

function depthOf(error: unknown): number {
  return error instanceof Error ? 1 + depthOf(error.cause) : 0;
}

describe('a reason that crosses', () => {
  it('is an error of its class when that is one of the language', () => {
    for (const ErrorClass of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
      const error = crossed(new ErrorClass('text')) as Error;
      expect([error.constructor, error.name, error.message]).toEqual([ErrorClass, ErrorClass.name, 'text']);
    }
  });

  it('is a ReceiverTimeoutError wherever the time has run out', () => {
    const late = Object.assign(new ReceiverTimeoutError('slow', '"started"', 50), { cause: new Error('asleep') });
    const error = crossed(late) as ReceiverTimeoutError;
    expect(error).toBeInstanceOf(ReceiverTimeoutError);
    expect(error).toEqual(late);
    expect([error.timeoutMs, error.stack, String(error.cause)]).toEqual([50, late.stack, 'Error: asleep']);
    expect(decodeReason({ error: { message: 'other', timeoutMs: 50 } })).not.toBeInstanceOf(ReceiverTimeoutError);
  });

  it('has its name, stack and code', () => {
    const error = Object.assign(new Error('text'), { name: 'Mine', stack: 'Mine: text\n  at there', code: 7 });
    expect(crossed(error)).toMatchObject({ name: 'Mine', stack: 'Mine: text\n  at there', code: 7 });
    expect(crossed(Object.assign(new Error(), { code: {} }))).not.toHaveProperty('code');
    expect(Object.keys(crossed(new Error('text')) as Error)).toEqual([]);
  });

  it('has its causes, a bounded number of them', () => {
    expect(depthOf(crossed(causeChain(3)))).toBe(4);
    expect(depthOf(crossed(causeChain(100)))).toBe(9);
    const endless = new Error('endless');
    endless.cause = endless;
    expect(depthOf(crossed(endless))).toBe(9);
  });

  it('is cloned when it is no error, or described', () => {
    expect(crossed({ a: new Date(0) })).toEqual({ a: new Date(0) });
    expect([crossed(undefined), crossed(null), crossed('text')]).toEqual([undefined, null, 'text']);
    expect(crossed(Symbol('gone'))).toBe('Symbol(gone)');
    const unspeakable = {
      call: () => 1,
      toString() {
        throw new Error('no');
      },
    };
    expect(crossed(unspeakable)).toBe('[object Object]');
  });

  it('is what can be read of it when its getters throw', () => {
    const error = Object.defineProperty(new Error('text'), 'name', {
      get() {
        throw new Error('no');
      },
    });
    expect(crossed(error)).toMatchObject({ name: 'Error', message: 'text' });
  });

  it('is something, whatever came', () => {
    const error = decodeReason({ error: { name: {}, message: 7, stack: null, code: [], cause: 'odd' } }) as Error;
    expect([error.name, error.message, error.stack, error.cause]).toEqual(['Error', '', 'Error: ', undefined]);
    expect(decodeReason({ error: { name: 'constructor', message: 'text' } })).toMatchObject({ name: 'constructor' });
    expect([undefined, null, 7, 'text', {}].map((odd) => decodeReason(odd))).toEqual(Array(5).fill(undefined));
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect(crossed(revoked.proxy)).toBe('object');
  });
});

describe('the fields of an error that crosses (T9)', () => {
  it('are its own enumerable ones that are plain data', () => {
    const fields = {
      status: 503,
      issues: [{ message: 'too long', path: ['user', 'name'] }],
      at: new Date(0),
      big: 2n ** 70n,
      none: undefined,
      bare: Object.assign(Object.create(null) as object, { a: 1 }),
    };
    const error = Object.assign(new RangeError('text'), fields);
    const copy = crossed(error) as typeof error;
    expect(copy).toBeInstanceOf(RangeError);
    expect(Object.fromEntries(Object.entries(copy))).toEqual(fields);
    error.issues.pop();
    expect(copy.issues).toHaveLength(1);
  });

  it('are those of the errors of this library', () => {
    const error = new StreamOverflowError('"started"', 5);
    expect(Object.fromEntries(Object.entries(crossed(error) as object))).toEqual({
      code: 'ERR_STREAM_OVERFLOW',
      limit: 5,
    });
    const lost = new ThreadExitedError('a', 7);
    expect(crossed(lost)).toMatchObject({ name: 'ThreadExitedError', thread: 'a', lost: 7 });
  });

  it('are left out if they are no plain data, and nothing else is', () => {
    const round: unknown[] = [];
    round.push(round);
    let deep: unknown = 'deep';
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const error = Object.assign(new Error('text'), {
      status: 503,
      call: () => 1,
      nested: { call: () => 1 },
      symbol: Symbol('s'),
      map: new Map(),
      response: new Response(),
      deep,
      proxy: revoked.proxy,
      round,
      [Symbol('key')]: 1,
    });
    Object.defineProperty(error, 'thrown', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    const copy = crossed(error) as typeof error;
    expect(Reflect.ownKeys(copy).sort()).toEqual(['message', 'round', 'stack', 'status']);
    expect(copy.round[0]).toBe(copy.round);
  });

  it('are a bounded number', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`field${index}`, index]));
    expect(Object.keys(crossed(Object.assign(new Error(), many)) as object)).toHaveLength(100);
    expect(Object.keys(decodeReason({ error: { fields: many } }) as object)).toHaveLength(100);
  });

  it('include the `errors` of an AggregateError, with all that they have', () => {
    class Several extends AggregateError {}
    const inner = Object.assign(new TypeError('one', { cause: 'why' }), { code: 'ERR_ONE', status: 1 });
    const error = crossed(new Several([inner, 'two', () => 3], 'several', { cause: 'all' })) as AggregateError;
    expect(error).toBeInstanceOf(AggregateError);
    expect([error.message, error.cause, Object.keys(error)]).toEqual(['several', 'all', []]);
    expect(error.errors).toEqual([inner, 'two', '() => 3']);
    expect(error.errors[0]).toMatchObject({ code: 'ERR_ONE', status: 1, cause: 'why' });
    // Of another error, they are a field like any other.
    const invalid = crossed(Object.assign(new Error(), { errors: ['too long'] }));
    expect(invalid).not.toBeInstanceOf(AggregateError);
    expect(invalid).toMatchObject({ errors: ['too long'] });
  });

  it('include the class of a DOMException', () => {
    const abort = new DOMException('stopped', 'AbortError');
    const error = crossed(abort) as DOMException;
    expect([error instanceof Error, error.constructor]).toEqual([true, DOMException]);
    expect([error.name, error.message, error.stack]).toEqual(['AbortError', 'stopped', abort.stack]);
    expect(error).toHaveProperty('code', 20);
    expect((crossed(error) as DOMException).constructor).toBe(DOMException); // from hop to hop
  });

  it('reach no prototype, and replace nothing that an error has', () => {
    const hostile = JSON.parse(`{
      "__proto__": { "polluted": true }, "constructor": { "name": "Expected" }, "name": {}, "message": 7, "stack": [],
      "code": {}, "cause": 1, "toString": 1, "hasOwnProperty": 1, "status": 503
    }`) as object;
    const error = decodeReason({ error: { name: 'Mine', message: 'text', fields: hostile } }) as Error;
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
    expect([error.name, error.message, String(error)]).toEqual(['Mine', 'text', 'Mine: text']);
    expect(Reflect.ownKeys(error).sort()).toEqual(['message', 'name', 'stack', 'status']);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    const odd = [7, 'text', [1], new Uint8Array(2), null, new Map()];
    for (const fields of odd) expect(Object.keys(decodeReason({ error: { fields } }) as object)).toEqual([]);
    const several = decodeReason({ error: { errors: ['odd'], fields: { errors: 7 } } });
    expect((several as AggregateError).errors).toEqual([undefined]);
  });
});

describe('errors that are in many ways in each other (H7)', () => {
  it('are encoded once for each depth at most', () => {
    let read = 0;
    const errors = Array.from({ length: 50 }, (_, index) => new AggregateError([], `${index}`));
    for (const error of errors) {
      error.errors.push(...errors);
      Object.defineProperty(error, 'code', { get: () => (read += 1) });
    }
    encodeReason(errors[0]);
    expect(read).toBeLessThanOrEqual(50 * 9);
  });

  it('are decoded once each, whatever refers to them', () => {
    let read = 0;
    const error: { name?: string; errors: unknown[] } = { errors: [] };
    Object.defineProperty(error, 'name', { get: () => `${(read += 1)}` });
    for (let count = 0; count < 1_000; count++) error.errors.push({ error });
    const decoded = decodeReason({ error }) as AggregateError;
    expect([read, decoded.errors[999] === decoded]).toEqual([1, true]);
    // A list that says it is long costs no more than what is in it.
    const long: unknown[] = [];
    long[4_000_000_000] = 'odd';
    expect((decodeReason({ error: { errors: long } }) as AggregateError).errors).toEqual([undefined]);
  });

  it('are made without capturing a stack, and the limit of stacks is as it was', () => {
    const limits: number[] = [];
    const captured = jest.spyOn(Error, 'captureStackTrace');
    const limit = Error.stackTraceLimit;
    class Counted extends Error {
      constructor(message: string) {
        super(message);
        limits.push(Error.stackTraceLimit);
      }
    }
    const original = globalThis.AggregateError;
    globalThis.AggregateError = Counted as unknown as typeof AggregateError;
    try {
      decodeReason({ error: { errors: [], stack: 'theirs' } });
    } finally {
      globalThis.AggregateError = original;
    }
    expect([limits, Error.stackTraceLimit, captured.mock.calls]).toEqual([[0], limit, []]);
    captured.mockRestore();
  });
});

describe('a result that crosses', () => {
  const receiver = function mine(): void {
    // never called
  };

  it('has the name of its receiver, and its place', () => {
    const fulfilled = encodeResult({ status: 'fulfilled', value: 7, receiver });
    expect(decodeResult(fulfilled, { thread: 'a' })).toEqual({
      status: 'fulfilled',
      value: 7,
      receiverName: 'mine',
      thread: 'a',
    });
    const rejected = encodeResult({ status: 'rejected', reason: 'no', receiver });
    expect(decodeResult(rejected, { node: 'b' })).toEqual({
      status: 'rejected',
      reason: 'no',
      receiverName: 'mine',
      node: 'b',
    });
    expect([cloneableResult(fulfilled), cloneableResult(rejected)]).toEqual([fulfilled, rejected]);
  });

  it('is a rejection when its value can not be cloned', () => {
    const result = cloneableResult(encodeResult({ status: 'fulfilled', value: () => 1, receiver }));
    expect(decodeResult(result, { thread: 'a' })).toMatchObject({
      status: 'rejected',
      reason: { name: 'DataCloneError' },
      receiverName: 'mine',
    });
  });
});

describe('what can not be cloned', () => {
  it('is named by its path, among kwargs and in results (H9)', () => {
    const save = (): void => undefined;
    const kwargs = { list: [1, { at: new Date(0) }], user: { 'odd name': [save] } };
    const error = errorOf(() => snapshotOf(kwargs)) as Error;
    expect([error.name, error.message]).toEqual([
      'DataCloneError',
      `${String(save)} could not be cloned. (\`kwargs.user["odd name"][0]\`)`,
    ]);
    const receiver = (): void => undefined;
    const of = (value: unknown) => cloneableResult(encodeResult({ status: 'fulfilled', value, receiver }));
    const message = `${String(save)} could not be cloned.`;
    expect(of({ user: { save } })).toMatchObject({
      reason: { error: { message: `${message} (\`result.user.save\`)` } },
    });
    expect(of(save)).toMatchObject({ reason: { error: { message } } });
  });
});

describe('senders and keys that cross', () => {
  it('are primitives, registered symbols among them; others are left out', () => {
    const places = ['text', '', 7, NaN, 1n, true, null, Symbol.for('known'), Symbol('own'), {}, () => 1];
    const encoded = structuredClone(encodeValues(places));
    expect(decodeValues(encoded)).toEqual(['text', '', 7, NaN, 1n, true, null, Symbol.for('known')]);
  });

  it('are those that make sense, whatever came', () => {
    expect(decodeValues([undefined, { symbol: 7 }, {}, [1], 'text'])).toEqual(['text']);
    expect([undefined, 'text', 7, {}].map((odd) => decodeValues(odd))).toEqual([[], [], [], []]);
  });
});
