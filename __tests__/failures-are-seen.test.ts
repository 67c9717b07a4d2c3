import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AsyncReceiverError, ReceiverTimeoutError, SignalManager } from '../src/index.js';
import { deferred, flush } from './helpers/promises.js';
import { rejected } from './helpers/results.js';
import { verbs } from './helpers/verbs.js';

const signal = Symbol('started');
const failure = new Error('receiver failed');

class Veto extends Error {}
class LoudVeto extends Veto {}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(async () => {
  jest.useRealTimers();
  // An unhandled rejection fails the test that is running.
  await flush();
  jest.restoreAllMocks();
});

const asyncVerbs = verbs.filter(([verb]) => verb !== 'sendSync');

describe('onError (R14)', () => {
  it.each(verbs)('%s: sees what a receiver throws once, with signal, receiver and sender', async (_verb, send) => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const throws = () => {
      throw failure;
    };
    manager.connect(throws, signal);
    await send(manager, signal, { senders: ['app', 'other'] });
    await flush();
    expect(onError.mock.calls).toEqual([[failure, { signal, source: 'receiver', receiver: throws, sender: 'app' }]]);
    expect(onError.mock.calls[0]?.[0]).toBe(failure);
  });

  it.each(asyncVerbs)('%s: sees what a receiver rejects with once', async (_verb, send) => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const rejects = () => Promise.reject(failure);
    manager.connect(rejects, signal);
    await send(manager, signal);
    await flush();
    expect(onError.mock.calls).toEqual([
      [failure, { signal, source: 'receiver', receiver: rejects, sender: undefined }],
    ]);
  });

  it.each(verbs)('%s: sees every failing receiver, and no other', async (_verb, send) => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const reasons = [new Error('1'), undefined, 'three'];
    for (const reason of reasons) {
      manager.connect(() => {
        throw reason;
      }, signal);
      manager.connect(() => 'fine', signal);
    }
    await send(manager, signal);
    await flush();
    expect(onError.mock.calls.map(([error]) => error)).toEqual(reasons);
  });

  it.each(verbs)('%s: sees a proxy that tells nothing of itself (R13)', async (verb, send) => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const seen: unknown[] = [];
    const manager = new SignalManager({ onError: (error) => seen.push(error) });
    const throws = () => {
      throw proxy;
    };
    const rejects = () => Promise.resolve().then(throws);
    const receivers = verb === 'sendSync' ? [throws] : [throws, rejects];
    for (const receiver of receivers) manager.connect(receiver, signal);
    await send(manager, signal);
    await flush();
    // Not `toEqual`, which looks into the proxy.
    expect(seen.map((error) => error === proxy)).toEqual(receivers.map(() => true));
    expect(manager.pending).toBe(0);
  });

  it('sees the failure of a method with its function as the receiver', () => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    class Service {
      onStarted(): void {
        throw failure;
      }
    }
    manager.connect(Service.prototype.onStarted, signal, { thisArg: new Service() });
    manager.sendSync(signal, {}, { sender: null });
    expect(onError.mock.calls).toEqual([
      [failure, { signal, source: 'receiver', receiver: Service.prototype.onStarted, sender: null }],
    ]);
  });

  it('sees a timeout, which the results show, and then the late rejection, which they do not', async () => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const gate = deferred();
    const receiver = () => gate.promise;
    manager.connect(receiver, signal);
    const sent = manager.send(signal, {}, { timeoutMs: 100 });
    await jest.advanceTimersByTimeAsync(100);
    const timeout = expect.any(ReceiverTimeoutError) as unknown;
    expect(await sent).toEqual([rejected(receiver, timeout)]);
    expect(onError.mock.calls).toEqual([[timeout, { signal, source: 'receiver', receiver, sender: undefined }]]);
    gate.reject(failure);
    await flush();
    expect(onError.mock.calls.slice(1)).toEqual([
      [failure, { signal, source: 'receiver', receiver, sender: undefined }],
    ]);
  });

  it('sees an abort, which the results show, and then the late rejection, which they do not', async () => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const gate = deferred();
    const receiver = () => gate.promise;
    manager.connect(receiver, signal);
    const controller = new AbortController();
    const sent = manager.send(signal, {}, { abortSignal: controller.signal });
    const reason = new Error('stop');
    controller.abort(reason);
    expect(await sent).toEqual([rejected(receiver, reason)]);
    expect(onError.mock.calls.map(([error]) => error)).toEqual([reason]);
    gate.reject(failure);
    await flush();
    expect(onError.mock.calls.map(([error]) => error)).toEqual([reason, failure]);
  });

  it.each(['send', 'sendSerial'] as const)(
    'sees a reason once that a receiver rejects with later: %s',
    async (verb) => {
      const onError = jest.fn();
      const manager = new SignalManager({ onError });
      const controller = new AbortController();
      const stops = (_kwargs: object, { abortSignal }: { abortSignal: AbortSignal | undefined }) =>
        new Promise((_resolve, reject) => {
          abortSignal?.addEventListener('abort', () => reject(abortSignal.reason as Error));
        });
      manager.connect(stops, signal);
      const late = manager[verb](signal, {}, { timeoutMs: 10 });
      await jest.advanceTimersByTimeAsync(10);
      await late;
      const aborted = manager[verb](signal, {}, { abortSignal: controller.signal });
      controller.abort(NaN);
      await aborted;
      await flush();
      const report = { signal, source: 'receiver', receiver: stops, sender: undefined };
      expect(onError.mock.calls).toEqual([
        [expect.any(ReceiverTimeoutError), report],
        [NaN, report],
      ]);
    },
  );

  it('sees a late rejection with a reason that was reported for another receiver', async () => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const gate = deferred();
    manager.connect(() => new Promise(() => undefined), signal);
    manager.connect(() => gate.promise, signal);
    const sent = manager.send(signal, {}, { timeoutMs: 10 });
    await jest.advanceTimersByTimeAsync(10);
    const [first, second] = (await sent) as { reason: unknown }[];
    gate.reject(first?.reason);
    await flush();
    expect(onError.mock.calls.map(([error]) => error)).toEqual([first?.reason, second?.reason, first?.reason]);
  });

  it('sees an AsyncReceiverError, which the results show, and then the late rejection, which they do not', async () => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const gate = deferred();
    const receiver = () => gate.promise;
    manager.connect(receiver, signal);
    const misuse = expect.any(AsyncReceiverError) as unknown;
    expect(manager.sendSync(signal)).toEqual([rejected(receiver, misuse)]);
    expect(onError.mock.calls).toEqual([[misuse, { signal, source: 'receiver', receiver, sender: undefined }]]);
    gate.reject(failure);
    await flush();
    expect(onError.mock.calls.slice(1)).toEqual([
      [failure, { signal, source: 'receiver', receiver, sender: undefined }],
    ]);
  });

  it.each<[string, (manager: SignalManager, controller: AbortController) => unknown]>([
    ['a timeout', (manager) => manager.send(signal, {}, { timeoutMs: 100 })],
    ['a timeout of a serial send', (manager) => manager.sendSerial(signal, {}, { timeoutMs: 100 })],
    ['an abort', (manager, { signal: abortSignal }) => manager.send(signal, {}, { abortSignal })],
    ['an AsyncReceiverError', (manager) => manager.sendSync(signal)],
  ])('does not see a late fulfilment: it is dropped after %s', async (_what, send) => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const gate = deferred();
    manager.connect(() => gate.promise, signal);
    const controller = new AbortController();
    const sent = send(manager, controller);
    await jest.advanceTimersByTimeAsync(100);
    controller.abort();
    await sent;
    expect(onError).toHaveBeenCalledTimes(1);
    gate.resolve();
    await flush();
    expect(onError).toHaveBeenCalledTimes(1);
  });
});

describe('expected (R14)', () => {
  it.each(verbs)('%s: an expected failure is an answer, and is not reported', async (_verb, send) => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const reasons = [new Veto('no'), new LoudVeto('NO'), new TypeError('a mistake'), 'no'];
    for (const reason of reasons) {
      manager.connect(() => {
        throw reason;
      }, signal);
    }
    await send(manager, signal, { expected: [RangeError, Veto] });
    await flush();
    expect(onError.mock.calls.map(([error]) => error)).toEqual(reasons.slice(2));
  });

  it('is in the results all the same', async () => {
    const manager = new SignalManager({ onError: null });
    const veto = new Veto('no');
    const receiver = async () => {
      throw veto;
    };
    manager.connect(receiver, signal);
    expect(await manager.send(signal, {}, { expected: [Veto] })).toEqual([rejected(receiver, veto)]);
    expect(await manager.sendSerial(signal, {}, { expected: [Veto] })).toEqual([rejected(receiver, veto)]);
  });

  it('takes timeouts, and what is rejected after them', async () => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const gates = [deferred(), deferred()] as const;
    for (const gate of gates) manager.connect(() => gate.promise, signal);
    const sent = manager.send(signal, {}, { timeoutMs: 10, expected: [ReceiverTimeoutError, Veto] });
    await jest.advanceTimersByTimeAsync(10);
    expect(await sent).toHaveLength(2);
    gates[0].reject(new Veto('too late'));
    gates[1].reject(failure);
    await flush();
    expect(onError.mock.calls.map(([error]) => error)).toEqual([failure]);
  });

  it('takes AsyncReceiverError', () => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    manager.connect(async () => 1, signal);
    expect(manager.sendSync(signal, {}, { expected: [AsyncReceiverError] })).toHaveLength(1);
    expect(onError).not.toHaveBeenCalled();
  });

  it('counts for its own send alone', () => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const veto = new Veto('no');
    manager.connect(() => {
      throw veto;
    }, signal);
    manager.sendSync(signal, {}, { expected: [Veto] });
    manager.sendSync(signal, {}, { expected: [] });
    manager.sendSync(signal);
    expect(onError.mock.calls.map(([error]) => error)).toEqual([veto, veto]);
  });
});
