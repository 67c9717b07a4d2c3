/** `hurrySignal` of sendSerial: what the one deadline of a stop is made of (L6). */
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Signal, SignalManager } from '../src/index.js';
import { attachFar } from '../src/far/index.js';
import { Elsewhere, farResult } from './helpers/elsewhere.js';
import { type Deferred, deferred, flush, rejectionOf } from './helpers/promises.js';
import { fulfilled, rejected } from './helpers/results.js';

let manager: SignalManager;
let signal: Signal;
let hurry: AbortController;
let calls: string[];
/** What settles the receivers, by their names. */
let gates: Record<'a' | 'b' | 'c', Deferred<string>>;
const receivers = {
  a: () => called('a'),
  b: () => called('b'),
  c: () => called('c'),
};

function called(name: 'a' | 'b' | 'c'): Promise<string> {
  calls.push(name);
  return gates[name].promise;
}

beforeEach(() => {
  manager = new SignalManager({ onError: null });
  signal = new Signal({ manager });
  hurry = new AbortController();
  calls = [];
  gates = { a: deferred(), b: deferred(), c: deferred() };
  for (const receiver of Object.values(receivers)) signal.connect(receiver);
});

afterEach(async () => {
  await flush();
  expect(getEventListeners(hurry.signal, 'abort')).toEqual([]);
  expect(manager.pending).toBe(0);
});

function settleAll(): void {
  for (const [name, gate] of Object.entries(gates)) gate.resolve(name);
}

const ALL = [fulfilled(receivers.a, 'a'), fulfilled(receivers.b, 'b'), fulfilled(receivers.c, 'c')];

describe('sendSerial with a `hurrySignal`', () => {
  it('calls the rest at once, in order, when that is aborted', async () => {
    const sent = signal.sendSerial({}, { hurrySignal: hurry.signal });
    await flush();
    expect(calls).toEqual(['a']);
    hurry.abort();
    await flush();
    expect(calls).toEqual(['a', 'b', 'c']);
    gates.c.resolve('c');
    gates.b.reject('no');
    gates.a.resolve('a');
    expect(await sent).toEqual([fulfilled(receivers.a, 'a'), rejected(receivers.b, 'no'), fulfilled(receivers.c, 'c')]);
  });

  it('has the results in the order of the calls if some are sync', async () => {
    const sync = () => 'sync';
    signal.connect(sync);
    const sent = signal.sendSerial({}, { hurrySignal: hurry.signal });
    hurry.abort();
    await flush();
    settleAll();
    expect(await sent).toEqual([...ALL, fulfilled(sync, 'sync')]);
  });

  it('calls one after the other until then, or if that never comes', async () => {
    const sent = signal.sendSerial({}, { hurrySignal: hurry.signal, reverse: true });
    gates.c.resolve('c');
    await flush();
    expect(calls).toEqual(['c', 'b']);
    settleAll();
    expect(await sent).toEqual([...ALL].reverse());
    expect(calls).toEqual(['c', 'b', 'a']);
  });

  it('calls all at once if it is aborted already', async () => {
    hurry.abort();
    const sent = signal.sendSerial({}, { hurrySignal: hurry.signal });
    expect(calls).toEqual(['a', 'b', 'c']);
    settleAll();
    expect(await sent).toEqual(ALL);
  });

  it('calls the rest when a receiver aborts it', async () => {
    signal.connect(() => hurry.abort(), { priority: 1 });
    const sent = signal.sendSerial({}, { hurrySignal: hurry.signal });
    expect(calls).toEqual(['a', 'b', 'c']);
    settleAll();
    expect((await sent).slice(1)).toEqual(ALL);
  });

  it('asks `until` before the abort, and not after', async () => {
    const asked: unknown[] = [];
    const until = ({ status }: { status: string }) => asked.push(status) > 1;
    const sent = signal.sendSerial({}, { hurrySignal: hurry.signal, until });
    gates.a.resolve('a');
    await flush();
    hurry.abort();
    await flush();
    settleAll();
    expect(await sent).toEqual(ALL);
    expect(asked).toEqual(['fulfilled']);
  });

  it('calls none that has been disconnected meanwhile', async () => {
    const sent = signal.sendSerial({}, { hurrySignal: hurry.signal });
    signal.disconnect(receivers.b);
    hurry.abort();
    settleAll();
    expect(await sent).toEqual([fulfilled(receivers.a, 'a'), fulfilled(receivers.c, 'c')]);
  });

  it('keeps the limits of the send', async () => {
    const abort = new AbortController();
    const sent = signal.sendSerial({}, { hurrySignal: hurry.signal, abortSignal: abort.signal });
    hurry.abort();
    await flush();
    gates.b.resolve('b');
    await flush();
    abort.abort('enough');
    expect(await sent).toEqual([
      rejected(receivers.a, 'enough'),
      fulfilled(receivers.b, 'b'),
      rejected(receivers.c, 'enough'),
    ]);
    settleAll();
  });

  it('takes an AbortSignal only', async () => {
    const sent = signal.sendSerial({}, { hurrySignal: 5 as never });
    expect(await rejectionOf(sent)).toEqual(new TypeError('Expected `hurrySignal` to be an AbortSignal, got number 5'));
    expect(calls).toEqual([]);
  });
});

describe('sendSerial with a `hurrySignal` and remote receivers (T7)', () => {
  let far: Elsewhere;

  beforeEach(() => {
    far = new Elsewhere();
    attachFar(manager, signal, far);
  });

  it('asks other threads and nodes at once when it is aborted', async () => {
    const second = new Elsewhere({ second: 'everything' });
    attachFar(manager, signal, second);
    const sent = signal.sendSerial({}, { hurrySignal: hurry.signal });
    await flush();
    expect([far.started.length, second.started.length, far.hurried]).toEqual([0, 0, 0]);
    hurry.abort();
    await flush();
    expect(calls).toEqual(['a', 'b', 'c']);
    expect([far.started.length, second.started.length]).toEqual([1, 1]);
    expect([far.hurried, second.hurried]).toEqual([1, 1]);
    second.answer(farResult('second', 2));
    far.answer(farResult('far', 1));
    settleAll();
    expect(await sent).toEqual([...ALL, farResult('far', 1), farResult('second', 2)]);
  });

  it('tells them so if it is aborted already', async () => {
    hurry.abort();
    const sent = signal.sendSerial({}, { hurrySignal: hurry.signal, reverse: true });
    await flush();
    expect([far.hurried, far.started.length, calls]).toEqual([1, 1, ['c', 'b', 'a']]);
    far.answer(farResult('far', 1));
    settleAll();
    expect(await sent).toEqual([farResult('far', 1), ...[...ALL].reverse()]);
  });

  it('rejects with the error of `until` as before', async () => {
    const failure = new RangeError('until');
    const until = () => {
      throw failure;
    };
    settleAll();
    expect(await rejectionOf(signal.sendSerial({}, { hurrySignal: hurry.signal, until }))).toBe(failure);
    expect(far.started).toEqual([]);
  });
});
