import { describe, expect, it } from '@jest/globals';
import {
  cloneableResult,
  decodePlaces,
  decodeReason,
  decodeResult,
  encodePlaces,
  encodeReason,
  encodeResult,
} from '../src/far-encoding.js';
import { ReceiverTimeoutError } from '../src/index.js';

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

describe('senders and keys that cross', () => {
  it('are primitives, registered symbols among them; others are left out', () => {
    const places = ['text', '', 7, NaN, 1n, true, null, Symbol.for('known'), Symbol('own'), {}, () => 1];
    const encoded = structuredClone(encodePlaces(places));
    expect(decodePlaces(encoded)).toEqual(['text', '', 7, NaN, 1n, true, null, Symbol.for('known')]);
  });

  it('are those that make sense, whatever came', () => {
    expect(decodePlaces([undefined, { symbol: 7 }, {}, [1], 'text'])).toEqual(['text']);
    expect([undefined, 'text', 7, {}].map((odd) => decodePlaces(odd))).toEqual([[], [], [], []]);
  });
});
