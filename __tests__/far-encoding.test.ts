import { describe, expect, it } from '@jest/globals';
import { runInNewContext } from 'node:vm';
import {
  cloneableResult,
  decodePlaces,
  decodeReason,
  decodeResult,
  encodePlaces,
  encodeReason,
  encodeResult,
} from '../src/far-encoding.js';

const crossed = (reason: unknown) => decodeReason(structuredClone(encodeReason(reason)));

describe('a reason that crosses (T3)', () => {
  it('is of the class it had if that is one of JavaScript’s own, or else an Error with its name', () => {
    class FullError extends Error {
      override name = 'FullError';
    }
    const [own, other] = [crossed(new RangeError('no')), crossed(new FullError('full'))] as Error[];
    expect(own).toBeInstanceOf(RangeError);
    expect(other).not.toBeInstanceOf(FullError);
    expect(String(other)).toBe('FullError: full');
    expect(Object.keys(other ?? {})).toEqual([]);
  });

  it('may be an error of another realm', () => {
    const foreign: unknown = runInNewContext(`Object.assign(new TypeError('there'), { code: 7 })`);
    expect(foreign).not.toBeInstanceOf(Error);
    expect(crossed(foreign)).toBeInstanceOf(TypeError);
    expect(crossed(foreign)).toMatchObject({ message: 'there', code: 7 });
  });

  it('that is no error crosses as it is, or as what it is called', () => {
    const unnamed = Object.assign(Object.create(null) as object, { fn: () => 1 });
    expect([crossed({ a: 1 }), crossed(undefined), crossed(Symbol('s')), crossed(unnamed)]).toEqual([
      { a: 1 },
      undefined,
      'Symbol(s)',
      '[object Object]',
    ]);
  });

  it('has a code that is a string or a number, and nothing of fields that throw', () => {
    const odd = Object.defineProperty(Object.assign(new Error('odd'), { code: {}, name: 7 }), 'cause', {
      get: () => {
        throw new Error('not now');
      },
    });
    const copy = crossed(odd) as Error;
    expect([copy.name, copy.message, 'code' in copy, 'cause' in copy]).toEqual(['Error', 'odd', false, false]);
  });

  it('has eight causes of causes at most, however long the chain', () => {
    const endless = new Error('0');
    endless.cause = endless;
    let depth = 0;
    for (let each = crossed(endless) as Error; each.cause !== undefined; each = each.cause as Error) depth += 1;
    expect(depth).toBe(8);
  });

  it.each([
    ['nothing', undefined, undefined],
    ['a string', 'error', undefined],
    ['an error that is a string', { error: 'no' }, undefined],
  ])('is decoded without a throw from %s', (_what, encoded, decoded) => {
    expect(decodeReason(encoded)).toBe(decoded);
  });

  it('is an error with a stack, whatever is missing of it', () => {
    const decoded = decodeReason({ error: { name: '__proto__', message: 7 } }) as Error;
    expect(decoded).toBeInstanceOf(Error);
    expect([decoded.name, decoded.message, decoded.stack]).toEqual(['__proto__', '', '__proto__: ']);
  });
});

describe('a result that crosses', () => {
  const named = (result: object) => encodeResult({ receiver: function handle() {}, ...result } as never);

  it('that can be cloned stays as it is; one that can’t is its receiver’s rejection (T3)', () => {
    const good = named({ status: 'fulfilled', value: new Map([[1, 2]]) });
    const failed = named({ status: 'rejected', reason: new Error('no') });
    expect([cloneableResult(good), cloneableResult(failed)]).toEqual([good, failed]);
    const bad = cloneableResult(named({ status: 'fulfilled', value: () => 1 }));
    expect(decodeResult(bad, { node: 'b' })).toMatchObject({
      status: 'rejected',
      receiverName: 'handle',
      node: 'b',
      reason: { name: 'DataCloneError' },
    });
  });

  it('is a rejection of nobody in particular if it is not written as one', () => {
    const nothing = { status: 'rejected', reason: undefined, receiverName: '(anonymous)', node: 'b' };
    expect(
      [undefined, 7, { status: 'done', receiverName: {} }].map((each) => decodeResult(each, { node: 'b' })),
    ).toEqual([nothing, nothing, nothing]);
  });
});

describe('senders and keys that cross (H2)', () => {
  it('are the primitives and the registered symbols', () => {
    const registered = Symbol.for('registered');
    const places = ['web', 7n, null, NaN, registered, Symbol('own'), {}, () => 1];
    expect(decodePlaces(encodePlaces(places))).toEqual(['web', 7n, null, NaN, registered]);
  });

  it('are left out where they are none', () => {
    expect(decodePlaces('web')).toEqual([]);
    expect(decodePlaces(['web', undefined, { symbol: 7 }, {}, [1]])).toEqual(['web']);
  });
});
