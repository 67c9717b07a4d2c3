import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  ANY,
  RECEIVER_CONNECTED,
  Signal,
  SignalManager,
  type SignalToken,
  WaitRejectedError,
  type WaitOptions,
} from '../src/index.js';
import { collectGarbage } from './helpers/gc.js';
import { flush, rejectionOf } from './helpers/promises.js';
import { fulfilled } from './helpers/results.js';

const opened = Symbol('opened');
const failed = Symbol('failed');
const closed = Symbol('closed');

let manager: SignalManager;

beforeEach(() => {
  jest.useFakeTimers();
  manager = new SignalManager();
});

afterEach(async () => {
  // However the waits ended: no timer, nothing observed.
  expect(jest.getTimerCount()).toBe(0);
  expect([failed, closed].map(isRejecting)).toEqual([false, false]);
  jest.useRealTimers();
  await flush();
});

/** Whether a send of the signal rejects a wait, which then looks for an Error among the kwargs. */
function isRejecting(signal: SignalToken): boolean {
  let looked = false;
  const kwargs = {
    get error() {
      looked = true;
      return undefined;
    },
  };
  manager.emit(signal, kwargs);
  return looked;
}

describe('a send of a signal in `rejectOn` (N9)', () => {
  it.each<[verb: string, send: (kwargs: object) => unknown]>([
    ['send', (kwargs) => manager.send(failed, kwargs)],
    ['sendSerial', (kwargs) => manager.sendSerial(failed, kwargs)],
    ['sendSync', (kwargs) => manager.sendSync(failed, kwargs)],
    ['emit', (kwargs) => manager.emit(failed, kwargs)],
    [
      'emitAfter',
      (kwargs) => {
        manager.emitAfter(5, failed, kwargs);
        return jest.advanceTimersByTimeAsync(5);
      },
    ],
  ])('rejects the wait, by %s', async (_verb, send) => {
    const waiting = rejectionOf(manager.wait(opened, { rejectOn: failed, timeoutMs: 100 }));
    const kwargs = { port: 80, error: new Error('refused'), other: new Error('no') };
    await send(kwargs);
    const error = (await waiting) as WaitRejectedError;
    expect(error).toBeInstanceOf(WaitRejectedError);
    expect([error.name, error.code, error.signal]).toEqual(['WaitRejectedError', 'ERR_WAIT_REJECTED', failed]);
    expect(error.kwargs).toBe(kwargs);
    expect(error.cause).toBe(kwargs.error);
    expect(error.message).toBe('Signal Symbol(failed) was sent before a matching send of signal Symbol(opened)');
  });

  it('gives no cause if no kwarg is an Error', async () => {
    const waiting = rejectionOf(manager.wait(opened, { rejectOn: failed }));
    manager.emit(failed, { error: 'refused' });
    expect(Object.hasOwn((await waiting) as object, 'cause')).toBe(false);
  });

  it('accepts the waiting of several signals, and several that reject', async () => {
    const waits = [
      manager.wait([opened, closed], { rejectOn: failed }),
      manager.wait(opened, { rejectOn: [closed, failed, failed] }),
      manager.wait([opened], { rejectOn: [failed, closed] }),
    ];
    const outcomes = Promise.allSettled(waits);
    manager.emit(closed, { n: 1 });
    expect(await outcomes).toMatchObject([
      { status: 'fulfilled', value: { kwargs: { n: 1 } } },
      { status: 'rejected', reason: { signal: closed } },
      { status: 'rejected', reason: { signal: closed } },
    ]);
  });

  it('counts only if it matches the filter', async () => {
    const waiting = rejectionOf(manager.wait(opened, { rejectOn: failed, sender: 'db', key: 'k' }));
    manager.emit(failed, { n: 1 });
    manager.emit(failed, { n: 2 }, { sender: 'cache' });
    manager.emit(failed, { n: 3 }, { key: 'k' });
    expect(await waiting).toMatchObject({ kwargs: { n: 3 } });
  });

  it('is not asked about by `where`', async () => {
    const where = jest.fn(() => false);
    const waiting = rejectionOf(manager.wait(opened, { rejectOn: failed, where }));
    manager.emit(failed);
    expect(await waiting).toBeInstanceOf(WaitRejectedError);
    expect(where).not.toHaveBeenCalled();
  });

  it('does nothing after the send that was waited for', async () => {
    const waiting = manager.wait(opened, { rejectOn: failed });
    manager.emit(opened, { n: 1 });
    manager.emit(failed);
    expect((await waiting).kwargs).toEqual({ n: 1 });
  });

  it('decides if it comes first, although the other follows at once', async () => {
    const waiting = rejectionOf(manager.wait(opened, { rejectOn: failed }));
    manager.connect(() => manager.emit(opened), failed, { once: true });
    manager.emit(failed);
    expect(await waiting).toBeInstanceOf(WaitRejectedError);
  });

  it('does not count while it is muted', async () => {
    const waiting = manager.wait(opened, { rejectOn: failed });
    const mute = manager.mute(failed);
    manager.emit(failed);
    mute[Symbol.dispose]();
    manager.emit(opened, { n: 1 });
    expect((await waiting).kwargs).toEqual({ n: 1 });
  });

  it('rejects the wait of a Signal, too', async () => {
    const ready = new Signal({ manager, name: 'ready' });
    const waiting = rejectionOf(ready.wait({ rejectOn: failed }));
    manager.emit(failed);
    expect(await waiting).toMatchObject({ signal: failed });
  });

  it('calls nobody: the wait is not in its results', async () => {
    const receiver = jest.fn(() => 1);
    const connection = manager.connect(receiver, failed);
    const waiting = rejectionOf(manager.wait(opened, { rejectOn: failed }));
    expect(manager.receivers(failed)).toEqual([receiver]);
    expect(await manager.send(failed)).toEqual([fulfilled(receiver, 1)]);
    await waiting;
    connection.disconnect();
  });

  it('does not harm the sender if its kwargs throw', async () => {
    const hostile = new Error('hostile');
    const waiting = rejectionOf(manager.wait(opened, { rejectOn: failed }));
    manager.emit(failed, {
      get error(): unknown {
        throw hostile;
      },
    });
    expect(await waiting).toBe(hostile);
  });
});

describe('a wait with `rejectOn` that ends otherwise (N9)', () => {
  const failing = (): boolean => {
    throw new Error('where failed');
  };
  const controller = new AbortController();
  it.each<[how: string, options: WaitOptions<object>, end: () => unknown]>([
    ['a send', {}, () => manager.emit(opened)],
    ['an error in where', { where: failing }, () => manager.emit(opened)],
    ['a time-out', { timeoutMs: 5 }, () => jest.advanceTimersByTimeAsync(5)],
    ['an abort', { abortSignal: controller.signal }, () => controller.abort()],
    ['an abort before', { abortSignal: AbortSignal.abort() }, () => undefined],
  ])('leaves nothing observed after %s', async (_how, options, end) => {
    const waiting = Promise.allSettled([manager.wait(opened, { ...options, rejectOn: [failed, closed] })]);
    await end();
    await waiting;
    expect([failed, closed].map(isRejecting)).toEqual([false, false]);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('rejects when the manager closes', async () => {
    const closing = new SignalManager();
    const waiting = rejectionOf(closing.wait(opened, { rejectOn: failed }));
    await closing.close();
    expect(await waiting).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
  });

  it('keeps no sender alive while it waits', async () => {
    const start = () => {
      const sender = {};
      const waiting = rejectionOf(manager.wait(opened, { rejectOn: failed, sender, key: 'k' }));
      return { ref: new WeakRef(sender), waiting };
    };
    const { ref, waiting } = start();
    jest.useRealTimers();
    await collectGarbage();
    jest.useFakeTimers();
    expect(ref.deref()).toBeUndefined();
    manager.emit(failed, {}, { key: 'k' });
    await waiting;
  });
});

describe('the arguments of `rejectOn` (N10)', () => {
  const noSignals = Object.freeze([]);
  it.each<[what: string, signal: SignalToken, rejectOn: unknown, message: string]>([
    ['ANY', opened, ANY, 'Expected `rejectOn` to be signals other than ANY, got Symbol(signalbox@1/ANY)'],
    ['ANY in an array', opened, [failed, ANY], 'Expected `rejectOn` to be signals other than ANY'],
    [
      'the signal itself',
      opened,
      opened,
      'Expected `rejectOn` to be signals that are not waited for, got Symbol(opened)',
    ],
    ['one of the signals', [opened, closed], [failed, closed], 'not waited for, got Symbol(closed)'],
    ['a signal, while all are waited for', ANY, failed, 'not waited for, got Symbol(failed)'],
    ['an empty array', opened, noSignals, 'Expected `rejectOn` to be an array of at least one signal'],
    ['null', opened, null, 'Expected `rejectOn` to be a symbol or an object, got null'],
    ['a string', opened, 'failed', 'Expected `rejectOn` to be a symbol or an object, got string "failed"'],
    ['a string in an array', opened, [failed, 'x'], 'Expected `rejectOn[1]` to be a symbol or an object'],
    ['an array in an array', opened, [[failed]], 'Expected `rejectOn[0]` to be one signal, got array'],
  ])('reject the wait with a TypeError: %s', async (_what, signal, rejectOn, message) => {
    const error = await rejectionOf(manager.wait(signal, { rejectOn: rejectOn as SignalToken, timeoutMs: 5 }));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(message);
  });

  it('may be undefined (N8), or a report while all other signals are waited for', async () => {
    const waits = [manager.wait(opened, { rejectOn: undefined }), manager.wait(ANY, { rejectOn: RECEIVER_CONNECTED })];
    manager.emit(opened, { n: 1 });
    expect((await Promise.all(waits)).map(({ kwargs }) => kwargs as unknown)).toEqual([{ n: 1 }, { n: 1 }]);
  });
});

describe('a kept send of a sticky signal in `rejectOn` (N10)', () => {
  function makeSticky() {
    const sticky = (name: string) => new Signal<{ n: number }>({ name, manager, sticky: true });
    return { ready: sticky('ready'), broken: sticky('broken'), lost: sticky('lost') };
  }

  it('rejects at once', async () => {
    const { ready, broken, lost } = makeSticky();
    lost.emit({ n: 1 });
    broken.emit({ n: 2 });
    const error = await rejectionOf(ready.wait({ rejectOn: [broken, lost] }));
    expect(error).toMatchObject({ code: 'ERR_WAIT_REJECTED', signal: broken, kwargs: { n: 2 } });
  });

  it('does not if another kept send resolves the wait', async () => {
    const { ready, broken } = makeSticky();
    broken.emit({ n: 1 });
    ready.emit({ n: 2 });
    expect((await ready.wait({ rejectOn: broken })).kwargs).toEqual({ n: 2 });
    expect((await ready.wait({ rejectOn: broken, where: () => true })).kwargs).toEqual({ n: 2 });
    expect(await rejectionOf(ready.wait({ rejectOn: broken, where: () => false }))).toMatchObject({ signal: broken });
  });

  it('does not if it does not match the filter', async () => {
    const { ready, broken } = makeSticky();
    broken.emit({ n: 1 }, { key: 'a' });
    const waiting = ready.wait({ rejectOn: broken, key: 'b' });
    ready.emit({ n: 2 }, { key: 'b' });
    expect((await waiting).kwargs).toEqual({ n: 2 });
  });
});
