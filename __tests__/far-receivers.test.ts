import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ANY,
  type DrainTimeoutError,
  type ErrorReport,
  RECEIVER_CONNECTED,
  type SendResult,
  Signal,
  SignalManager,
  failures,
  farResults,
  values,
} from '../src/index.js';
import { type FarAttachment, type FarReceivers, type FarSend, type Heard, attachFar } from '../src/far/index.js';
import { type FarHost, farHostOf } from '../src/send/far-hook.js';
import { STATE } from '../src/signals/tokens.js';
import { Elsewhere, farResult, noAnswer } from './helpers/elsewhere.js';
import { DISPOSE } from '../src/internal/dispose.js';
import { deferred, errorOf, flush, rejectionOf } from './helpers/promises.js';
import { callList, fulfilled } from './helpers/results.js';

let manager: SignalManager;
let reports: [error: unknown, report: ErrorReport][];
let signal: Signal<{ n?: number }>;
let far: Elsewhere;
let attachment: FarAttachment;

beforeEach(() => {
  jest.useFakeTimers();
  reports = [];
  manager = new SignalManager({ onError: (error, report) => reports.push([error, report]) });
  signal = new Signal({ name: 'shared', manager });
  far = new Elsewhere();
  attachment = attachFar(manager, signal, far);
});

afterEach(async () => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
  await flush();
  expect(manager.pending).toBe(0);
});

/** The parts of a send that say how it is to be called. */
const kinds = (sends: readonly FarSend[]): unknown[] => sends.map(({ kind, kwargs }) => [kind, kwargs]);

describe('a send of a signal with remote receivers', () => {
  it('has the local results first, then the remote ones', async () => {
    const here = (): string => 'here';
    signal.connect(here);
    const sent = signal.send({ n: 1 });
    far.answer(farResult('far', 1), farResult('far', 2));
    expect(await sent).toEqual([fulfilled(here, 'here'), farResult('far', 1), farResult('far', 2)]);
    expect(far.started).toEqual([
      {
        kwargs: { n: 1 },
        senders: [],
        keys: [],
        kind: 'send',
        reverse: false,
        timeoutMs: undefined,
        abortable: false,
        expected: [],
        until: undefined,
      },
    ]);
  });

  it('is passed on before it is called here', () => {
    const order: string[] = [];
    signal.connect(() => order.push(`here, passed on: ${far.started.length}`));
    signal.emit();
    far.answer();
    expect(order).toEqual(['here, passed on: 1']);
  });

  it('passes on senders, keys, time limit and the names of expected errors', async () => {
    const sender = {};
    const sent = signal.send({}, { sender, senders: ['a'], key: 1, keys: [2], timeoutMs: 50, expected: [RangeError] });
    far.answer();
    await sent;
    expect(far.started).toEqual([
      expect.objectContaining({ senders: [sender, 'a'], keys: [1, 2], timeoutMs: 50, expected: ['RangeError'] }),
    ]);
  });

  it('reaches, with a filter, threads or nodes that hear filtered sends, and without one only those that hear everything', async () => {
    far.places.set('far', 'filtered');
    expect(await signal.send()).toEqual([]);
    expect(far.started).toEqual([]);
    const sent = signal.send({}, { key: 'a' });
    far.answer(farResult('far', 1));
    expect(await sent).toEqual([farResult('far', 1)]);
  });

  it('reverse has the mirror of the results', async () => {
    const here = (): string => 'here';
    signal.connect(here);
    const sent = signal.send({}, { reverse: true });
    far.answer(farResult('far', 2), farResult('far', 1));
    expect(await sent).toEqual([farResult('far', 2), farResult('far', 1), fulfilled(here, 'here')]);
    expect(far.started[0]?.reverse).toBe(true);
  });

  it('goes through several transports in the order of their attachment', async () => {
    const second = new Elsewhere({ second: 'everything' });
    attachFar(manager, signal, second);
    for (const reverse of [false, true]) {
      const sent = signal.send({}, { reverse });
      second.answer(farResult('second', 2));
      far.answer(farResult('far', 1));
      const expected = [farResult('far', 1), farResult('second', 2)];
      expect(await sent).toEqual(reverse ? expected.reverse() : expected);
    }
  });

  it('calls no local or remote receiver when one transport rejects the kwargs', async () => {
    const { calls, receiver } = callList();
    signal.connect(receiver('here'));
    const waiting = signal.wait({ timeoutMs: 10 });
    const second = new Elsewhere();
    attachFar(manager, signal, second);
    second.refusal = new TypeError('cannot be cloned');
    expect(await rejectionOf(signal.send())).toBe(second.refusal);
    expect(await rejectionOf(signal.sendSerial())).toBe(second.refusal);
    expect(errorOf(() => signal.emit())).toBe(second.refusal);
    expect(errorOf(() => signal.emitAfter(5))).toBe(second.refusal);
    expect([calls, far.started, second.started]).toEqual([[], [], []]);
    jest.advanceTimersByTime(10);
    expect(await rejectionOf(waiting)).toMatchObject({ code: 'ERR_WAIT_TIMEOUT' });
  });

  it('is passed on with its defaults', async () => {
    const declared = new Signal({ manager, defaults: { a: 1, b: 2 } });
    attachFar(manager, declared, far);
    const sent = declared.send({ b: 3 });
    far.answer();
    await sent;
    expect(far.started[0]?.kwargs).toEqual({ a: 1, b: 3 });
  });

  it('of a muted signal goes nowhere', async () => {
    const mute = signal.mute();
    expect(await signal.send()).toEqual([]);
    expect(signal.hasReceivers()).toBe(false);
    mute[Symbol.dispose]();
    const muteAll = manager.mute();
    expect(await signal.sendSerial()).toEqual([]);
    expect(far.prepared).toEqual([]);
    muteAll[Symbol.dispose]();
    expect(signal.hasReceivers()).toBe(true);
  });

  it('of another signal does not reach them', async () => {
    const other = new Signal({ manager });
    other.connect(() => 1);
    expect(values(await other.send())).toEqual([1]);
    expect(far.prepared).toEqual([]);
  });

  it('is seen by waits and streams here', async () => {
    const stream = signal.stream();
    const waiting = signal.wait();
    far.silent = true;
    signal.emit({ n: 7 });
    expect((await waiting).kwargs).toEqual({ n: 7 });
    expect((await stream.next()).value).toMatchObject({ kwargs: { n: 7 } });
    await stream.return?.();
  });

  it('has results that name their thread or node', async () => {
    signal.connect(() => 'here');
    const sent = signal.send();
    const lost = noAnswer('far', new Error('gone'));
    far.answer(farResult('far', 'there'), lost);
    const results = await sent;
    expect(farResults(results)).toEqual([farResult('far', 'there'), lost]);
    expect(failures(results)).toEqual([lost]);
    expect(reports).toEqual([]);
    expect(errorOf(() => farResults(undefined as never))).toEqual(
      new TypeError('Expected `results` to be an array of results, got undefined'),
    );
  });
});

describe('sendSync, receivers (T7)', () => {
  it('are about local receivers only', () => {
    const here = (): string => 'here';
    signal.connect(here);
    expect(signal.sendSync()).toEqual([fulfilled(here, 'here')]);
    expect(signal.receivers()).toEqual([here]);
    expect(far.prepared).toEqual([]);
  });
});

describe('sendSerial with remote receivers (T7)', () => {
  it('calls the local receivers, then the remote ones', async () => {
    const gate = deferred();
    signal.connect(() => gate.promise);
    const sent = signal.sendSerial();
    await flush();
    expect(far.started).toEqual([]);
    gate.resolve();
    await flush();
    expect(kinds(far.started)).toEqual([['serial', {}]]);
    far.answer(farResult('far', 1));
    expect(values(await sent)).toEqual([undefined, 1]);
  });

  it('reverse calls the remote receivers first, the last transport first', async () => {
    const { calls, receiver } = callList();
    signal.connect(receiver('here'));
    const second = new Elsewhere({ second: 'everything' });
    attachFar(manager, signal, second);
    const sent = signal.sendSerial({}, { reverse: true });
    expect([far.started.length, second.started.length]).toEqual([0, 1]);
    second.answer(farResult('second', 2));
    await flush();
    expect([far.started.length, calls]).toEqual([1, []]);
    far.answer(farResult('far', 1));
    expect(values(await sent)).toEqual([2, 1, 'here']);
  });

  it('until stops it before it gets there', async () => {
    const here = (): string => 'here';
    signal.connect(here);
    expect(await signal.sendSerial({}, { until: () => true })).toEqual([fulfilled(here, 'here')]);
    expect(far.started).toEqual([]);
  });

  it('until is asked about the results there, and stops what comes after', async () => {
    const second = new Elsewhere();
    attachFar(manager, signal, second);
    const asked: SendResult[] = [];
    const sent = signal.sendSerial(
      {},
      {
        until: (result) => {
          asked.push(result);
          return true;
        },
      },
    );
    await flush();
    expect(far.started[0]?.until?.(farResult('far', 1))).toBe(true);
    far.answer(farResult('far', 1));
    expect(await sent).toEqual([farResult('far', 1)]);
    expect(asked).toEqual([farResult('far', 1)]);
    expect(second.started).toEqual([]);
  });

  it('rejects with what until throws about a result from elsewhere', async () => {
    const sent = signal.sendSerial(
      {},
      {
        until: () => {
          throw new RangeError('until');
        },
      },
    );
    await flush();
    expect(far.started[0]?.until?.(farResult('far', 1))).toBe(true);
    far.answer(farResult('far', 1));
    expect(await rejectionOf(sent)).toEqual(new RangeError('until'));
  });

  it('asks `until` no more once it was true (T7)', async () => {
    const second = new Elsewhere();
    attachFar(manager, signal, second);
    const until = jest.fn(({ status }: SendResult) => status === 'fulfilled');
    const sent = signal.sendSerial({}, { until });
    await flush();
    const lost = noAnswer('far', 'lost');
    expect([farResult('far', 1), lost].map((result) => far.started[0]?.until?.(result))).toEqual([true, true]);
    far.answer(farResult('far', 1), lost);
    expect(await sent).toEqual([farResult('far', 1), lost]);
    expect([until.mock.calls.length, second.started]).toEqual([1, []]);
  });

  it.each([1, 'found', {}])('stops when `until` returns %p, as a send to local receivers does (T7)', async (truthy) => {
    const { calls, receiver } = callList();
    for (const name of ['first', 'second']) signal.connect(receiver(name));
    await signal.sendSerial({}, { until: () => truthy as true });
    expect([calls, far.started]).toEqual([['first'], []]);
    const sent = signal.sendSerial({}, { reverse: true, until: () => truthy as true });
    expect(far.started[0]?.until?.(farResult('far', 1))).toBe(true);
    far.answer(farResult('far', 1));
    expect(await sent).toEqual([farResult('far', 1)]);
    expect(calls).toEqual(['first']);
  });

  it('rejects when `until` is async, because a transport cannot wait for it (T7)', async () => {
    const until = (() => Promise.resolve(false)) as unknown as () => boolean;
    const refusal = new TypeError('Expected `until(result)` to be a boolean, got object Promise');
    const sent = signal.sendSerial({}, { until });
    await flush();
    expect(far.started[0]?.until?.(farResult('far', 1))).toBe(true);
    far.answer(farResult('far', 1));
    expect(await rejectionOf(sent)).toEqual(refusal);
    signal.connect(() => 'here');
    expect(await rejectionOf(signal.sendSerial({}, { until }))).toEqual(refusal);
    expect(far.started).toHaveLength(1);
  });

  it('asks `until` in the async context of the sender (T7)', async () => {
    const store = new AsyncLocalStorage<string>();
    const asked: unknown[] = [];
    const until = (): boolean => asked.push(store.getStore()) === 0;
    const sent = store.run('sender', () => signal.sendSerial({}, { until }));
    await flush();
    store.run('transport', () => far.started[0]?.until?.(farResult('far', 1)));
    far.answer(farResult('far', 1));
    await sent;
    expect(asked).toEqual(['sender']);
  });
});

describe('aborting a send that was passed on (R16)', () => {
  it.each(['send', 'sendSerial'] as const)('%s settles what is open elsewhere', async (verb) => {
    const aborter = new AbortController();
    const listening = jest.spyOn(aborter.signal, 'addEventListener');
    const sent = signal[verb]({}, { abortSignal: aborter.signal });
    await flush();
    expect(far.started[0]?.abortable).toBe(true);
    aborter.abort('enough');
    expect(await sent).toEqual([noAnswer('far', 'enough')]);
    expect(far.aborted).toEqual(['enough']);
    expect(listening).toHaveBeenCalledTimes(1);
  });

  it('that was aborted before calls nobody', async () => {
    const { calls, receiver } = callList();
    const here = receiver('here');
    signal.connect(here);
    const results = await signal.send({}, { abortSignal: AbortSignal.abort('before') });
    expect(results).toEqual([{ status: 'rejected', reason: 'before', receiver: here }, noAnswer('far', 'before')]);
    expect([calls, far.aborted]).toEqual([[], ['before']]);
  });

  it('that a wait aborts on its way is told elsewhere, too', async () => {
    const aborter = new AbortController();
    const waiting = signal.wait({
      where: () => {
        aborter.abort('by a wait');
        return true;
      },
    });
    const results = await signal.send({}, { abortSignal: aborter.signal });
    await waiting;
    expect(results).toEqual([noAnswer('far', 'by a wait')]);
  });
});

describe('pending, drain and close with remote receivers (T7)', () => {
  it('count a send once, until the answers are there', async () => {
    const gate = deferred();
    signal.connect(() => gate.promise);
    const sent = signal.send();
    expect(manager.pending).toBe(1);
    const drained = jest.fn();
    const draining = manager.drain().then(drained);
    gate.resolve();
    await flush();
    expect([manager.pending, drained.mock.calls]).toEqual([1, []]);
    far.answer();
    await Promise.all([sent, draining]);
    expect(manager.pending).toBe(0);
  });

  it('count an emit that waits for an acknowledgement', async () => {
    const gate = deferred();
    signal.connect(() => gate.promise);
    signal.emit();
    expect(manager.pending).toBe(1);
    far.answer();
    await flush();
    expect(manager.pending).toBe(1);
    gate.resolve();
    await manager.drain();
  });

  it('count an emit that a transport fails to pass on, which is reported (R14)', async () => {
    class ExpectedError extends Error {
      override readonly name = 'ExpectedError';
    }
    const starts = [() => Promise.reject(new RangeError('lost')), () => Promise.reject(new ExpectedError())];
    for (const start of starts) {
      const abort = (): void => undefined;
      attachFar(manager, signal, { reach: () => ['far'], prepare: () => ({ start, abort }), heard: abort });
    }
    const { calls, receiver } = callList();
    signal.connect(receiver('here'));
    signal.emit({}, { sender: 'me', expected: [ExpectedError] });
    far.answer();
    expect([calls, manager.pending]).toEqual([['here'], 1]);
    await manager.drain();
    expect(reports).toEqual([[new RangeError('lost'), expect.objectContaining({ signal, sender: 'me' })]]);
  });

  it('count nothing for an emit that nobody waits for', () => {
    far.silent = true;
    signal.emit();
    expect([manager.pending, kinds(far.started)]).toEqual([0, [['emit', {}]]]);
  });

  it('count what a transport holds', async () => {
    const release = attachment.hold('emits to far');
    expect(manager.pending).toBe(1);
    const draining = manager.drain({ timeoutMs: 10 });
    jest.advanceTimersByTime(10);
    expect(((await rejectionOf(draining)) as DrainTimeoutError).pending).toEqual(['emits to far']);
    const releaseOther = attachment.hold('more');
    for (let twice = 0; twice < 2; twice++) release();
    expect(manager.pending).toBe(1);
    releaseOther();
    expect(manager.pending).toBe(0);
  });

  it('name a thread or node no more when it has answered', async () => {
    const slow = new Elsewhere({ slow: 'everything' });
    attachFar(manager, signal, slow);
    const sent = signal.send();
    far.answer();
    await flush();
    const draining = manager.drain({ timeoutMs: 10 });
    jest.advanceTimersByTime(10);
    expect(((await rejectionOf(draining)) as DrainTimeoutError).pending).toEqual(['slow']);
    slow.answer();
    await sent;
  });

  it('name the local receivers, and the threads or nodes, that have not settled', async () => {
    const gate = deferred();
    signal.connect(function slow() {
      return gate.promise;
    });
    const sent = signal.send();
    const draining = manager.drain({ timeoutMs: 10 });
    jest.advanceTimersByTime(10);
    expect(((await rejectionOf(draining)) as DrainTimeoutError).pending).toEqual(['slow', 'far']);
    gate.resolve();
    far.answer();
    await sent;
  });

  it('of a serial send do not end between here and elsewhere', async () => {
    signal.connect(async () => undefined);
    const pending: number[] = [];
    const sent = signal.sendSerial({}, { until: () => !pending.push(manager.pending) });
    await flush();
    expect(far.started.length).toBe(1);
    pending.push(manager.pending);
    far.answer();
    await sent;
    expect(pending).toEqual([1, 1]);
  });

  it('close refuses what comes from elsewhere', async () => {
    await manager.close();
    expect(await rejectionOf(attachment.deliver({ kwargs: {} }))).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
    expect(await rejectionOf(attachment.deliverSerially({ kwargs: {} }))).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
    attachment.deliverEmit({ kwargs: {} });
    expect(reports.map(([error]) => error)).toEqual([expect.objectContaining({ code: 'ERR_MANAGER_CLOSED' })]);
    expect(errorOf(() => attachFar(manager, signal, far))).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
  });
});

describe('emitAfter with remote receivers', () => {
  it('passes the emit on when its time has come', () => {
    far.silent = true;
    signal.emitAfter(5, { n: 1 });
    expect(far.started).toEqual([]);
    jest.advanceTimersByTime(5);
    expect(kinds(far.started)).toEqual([['emit', { n: 1 }]]);
  });

  it('reports what can no longer be passed on then', () => {
    signal.emitAfter(5, {});
    far.refusal = new TypeError('cannot be cloned');
    jest.advanceTimersByTime(5);
    expect(reports).toEqual([[far.refusal, expect.objectContaining({ signal })]]);
  });
});

describe('a delivery of a remote send', () => {
  it('is called here as a send would be, and not passed on', async () => {
    const seen: unknown[] = [];
    const here = (kwargs: object, { sender, senders, keys, delivery }: { [name: string]: unknown }): string => {
      seen.push([kwargs, sender, [...(senders as Set<unknown>)], [...(keys as Set<unknown>)], delivery]);
      return 'here';
    };
    signal.connect(here as never, { key: 'a' });
    const results = await attachment.deliver({ kwargs: { n: 1 }, senders: ['s'], keys: ['a'] });
    expect(results).toEqual([fulfilled(here as never, 'here')]);
    expect(await attachment.deliver({ kwargs: { n: 2 } })).toEqual([]);
    expect(seen).toEqual([[{ n: 1 }, 's', ['s'], ['a'], undefined]]);
    expect(far.prepared).toEqual([]);
  });

  it('is seen by waits, streams and ANY, and kept by a sticky signal', async () => {
    const sticky = new Signal<{ n: number }>({ manager, sticky: true });
    const attached = attachFar(manager, sticky, far);
    const waiting = sticky.wait();
    const any: unknown[] = [];
    manager.connect((kwargs) => any.push(kwargs), ANY);
    attached.deliverEmit({ kwargs: { n: 3 } });
    expect((await waiting).kwargs).toEqual({ n: 3 });
    expect(any).toEqual([{ n: 3 }]);
    const later: unknown[] = [];
    sticky.connect((kwargs) => later.push(kwargs));
    expect(later).toEqual([{ n: 3 }]);
  });

  it('carries the id and attempt of a durable send, which no receiver can change', async () => {
    const seen: unknown[] = [];
    signal.connect((_kwargs, context) => {
      seen.push(context.delivery);
      expect(errorOf(() => Object.assign(context, { delivery: 1 }))).toBeInstanceOf(TypeError);
      expect(errorOf(() => Object.assign(context, { other: 1 }))).toBeInstanceOf(TypeError);
      expect(errorOf(() => Object.assign(context.delivery ?? {}, { id: 'x' }))).toBeInstanceOf(TypeError);
    });
    await attachment.deliver({ kwargs: {}, delivery: { id: 'a', attempt: 2 } });
    expect([seen, reports]).toEqual([[{ id: 'a', attempt: 2 }], []]);
  });

  it('keeps to its time limit and its abort signal', async () => {
    signal.connect(() => new Promise(() => undefined));
    const timed = attachment.deliver({ kwargs: {}, timeoutMs: 5 });
    jest.advanceTimersByTime(5);
    expect(await timed).toEqual([
      expect.objectContaining({ reason: expect.objectContaining({ code: 'ERR_RECEIVER_TIMEOUT' }) as unknown }),
    ]);
    const aborter = new AbortController();
    const aborted = attachment.deliverSerially({ kwargs: {}, abortSignal: aborter.signal });
    aborter.abort('enough');
    expect(await aborted).toEqual([expect.objectContaining({ reason: 'enough' })]);
  });

  it('goes one by one, in either order, until the other side says so', async () => {
    const { calls, receiver } = callList();
    for (const name of ['a', 'b', 'c']) signal.connect(receiver(name));
    const delivered = await attachment.deliverSerially(
      { kwargs: {}, reverse: true },
      async (result) => result.status === 'fulfilled' && result.value === 'b',
    );
    expect(values(delivered)).toEqual(['c', 'b']);
    expect(calls).toEqual(['c', 'b']);
  });

  it('reports failures here, once, but for those that the sender expects by name', async () => {
    class NotFound extends RangeError {}
    const failing = (): never => {
      throw new NotFound('nothing there');
    };
    signal.connect(failing);
    for (const expected of [['TypeError'], ['NotFound'], ['RangeError'], []]) {
      await attachment.deliver({ kwargs: {}, expected });
    }
    attachment.deliverEmit({ kwargs: {}, senders: ['s'] });
    expect(reports).toEqual([
      [new NotFound('nothing there'), { signal, source: 'receiver', receiver: failing, sender: undefined }],
      [new NotFound('nothing there'), { signal, source: 'receiver', receiver: failing, sender: undefined }],
      [new NotFound('nothing there'), { signal, source: 'receiver', receiver: failing, sender: 's' }],
    ]);
  });

  it('with kwargs that the signal does not declare is refused', async () => {
    const declared = new Signal({ name: 'declared', manager, defaults: { a: 1 } });
    const attached = attachFar(manager, declared, far);
    const unexpected = new TypeError('Unexpected kwarg `b` for signal "declared", which declares a');
    expect(await rejectionOf(attached.deliver({ kwargs: { b: 1 } }))).toEqual(unexpected);
    attached.deliverEmit({ kwargs: { b: 1 } });
    expect(reports.map(([error]) => error)).toEqual([unexpected]);
  });
});

describe('FarAttachment#report', () => {
  it('tells onError, with a receiver that stands for the place', () => {
    const error = new RangeError('dropped');
    attachment.report(error, 'worker-1', { senders: ['s'], expected: [] });
    attachment.report(error, 'worker-1', { expected: ['RangeError'] });
    expect(reports).toEqual([
      [error, { signal, source: 'receiver', receiver: expect.any(Function) as unknown, sender: 's' }],
    ]);
    const stand = reports[0]?.[1].receiver;
    expect(stand?.name).toBe('worker-1');
    expect(errorOf(() => stand?.({}, undefined as never))).toEqual(
      new Error('The receivers of worker-1 can only be called there'),
    );
  });
});

describe('FarAttachment#heard', () => {
  const levels = (): unknown => [attachment.heard, attachment.attended];

  it('follows receivers, waits, streams and ANY, and is told when it changes', async () => {
    const steps: unknown[] = [levels()];
    const filtered = signal.connect(() => 1, { key: 'a' });
    steps.push(levels());
    const all = signal.connect(() => 2);
    signal.connect(() => 3);
    steps.push(levels());
    signal.disconnectAll();
    steps.push(levels(), [filtered.connected, all.connected]);
    const waiting = signal.wait();
    steps.push(levels());
    attachment.deliverEmit({ kwargs: {} });
    await waiting;
    const stream = signal.stream({ key: 'b' });
    steps.push(levels());
    await stream.return?.();
    const any = manager.connect(() => 4, ANY);
    steps.push(levels());
    any.disconnect();
    signal.connect(() => 5, { once: true });
    attachment.deliverEmit({ kwargs: {} });
    steps.push(levels());
    expect(steps).toEqual([
      ['nothing', false],
      ['filtered', true],
      ['everything', true],
      ['nothing', false],
      [false, false],
      ['everything', true],
      ['filtered', true],
      ['everything', true],
      ['nothing', false],
    ]);
    // `disconnectAll` takes the filtered receiver first: it was connected first.
    const told: Heard[] = ['filtered', 'everything', 'nothing', 'everything', 'nothing'];
    expect(far.told).toEqual([...told, 'filtered', 'nothing', 'everything', 'nothing', 'everything', 'nothing']);
  });

  it('of a sticky signal is everything; whether anybody waits is told all the same', () => {
    const sticky = new Signal({ manager, sticky: true });
    const elsewhere = new Elsewhere();
    const attached = attachFar(manager, sticky, elsewhere);
    expect([attached.heard, attached.attended]).toEqual(['everything', false]);
    const connection = sticky.connect(() => 1);
    expect([attached.heard, attached.attended]).toEqual(['everything', true]);
    connection.disconnect();
    expect(elsewhere.told).toEqual(['everything', 'everything']);
  });

  it.each([
    ['the signal is', () => signal.mute()],
    ['the manager is', () => manager.mute()],
  ])('is nothing while %s muted: somebody waits all the same', (_what, mute) => {
    signal.connect(() => 1, { key: 'a' });
    manager.connect(() => 2, ANY);
    const [muted, again] = [mute(), mute()];
    expect(levels()).toEqual(['nothing', true]);
    muted[DISPOSE]();
    expect(levels()).toEqual(['nothing', true]);
    again[DISPOSE]();
    expect(levels()).toEqual(['everything', true]);
    expect(far.told).toEqual(['filtered', 'everything', 'nothing', 'everything']);
  });

  it('leaves out what is connected to ANY while that is muted', () => {
    signal.connect(() => 1, { key: 'a' });
    manager.connect(() => 2, ANY);
    const muted = manager.mute(ANY);
    expect(levels()).toEqual(['filtered', true]);
    muted[DISPOSE]();
    expect(far.told).toEqual(['filtered', 'everything', 'filtered', 'everything']);
  });

  it('is nothing from when the manager is closed, until it has not been able to', async () => {
    const finish = deferred();
    signal.connect(() => finish.promise);
    attachment.deliverEmit({ kwargs: {} });
    const closing = rejectionOf(manager.close({ timeoutMs: 0 }));
    expect(levels()).toEqual(['nothing', true]);
    jest.advanceTimersByTime(0);
    await closing;
    expect(far.told).toEqual(['everything', 'nothing', 'everything']);
    finish.resolve();
  });

  it('and whether a send would call somebody end with `close`, at once', async () => {
    const gate = deferred();
    signal.connect(() => gate.promise);
    const host = farHostOf(manager);
    const answers = (): unknown => [
      host.calls(signal, { senders: [], keys: [] }),
      host.isHeard(signal),
      attachment.heard,
    ];
    expect(answers()).toEqual([true, true, 'everything']);
    attachment.deliverEmit({ kwargs: {} });
    const closing = manager.close();
    expect(answers()).toEqual([false, false, 'nothing']);
    gate.resolve();
    await closing;
  });

  it('may deliver to the wait that it is told of', async () => {
    jest.spyOn(far, 'heard').mockImplementationOnce(() => {
      attachment.deliverEmit({ kwargs: { n: 1 } });
    });
    expect(await signal.wait({ timeoutMs: 1_000 })).toMatchObject({ kwargs: { n: 1 } });
    expect([attachment.heard, reports]).toEqual(['nothing', []]);
  });

  it('may deliver to the stream that it is told of, and the `where` of that may throw', async () => {
    const error = new Error('where');
    jest.spyOn(far, 'heard').mockImplementationOnce(() => {
      attachment.deliverEmit({ kwargs: {} });
    });
    const stream = signal.stream({
      where() {
        throw error;
      },
    });
    expect(attachment.heard).toBe('nothing');
    expect(await rejectionOf(stream.next())).toBe(error);
  });

  it.each(['wait', 'stream'] as const)('may close the manager while it is told of a %s (R23)', async (verb) => {
    jest.spyOn(far, 'heard').mockImplementationOnce(() => void manager.close());
    const ended = verb === 'wait' ? rejectionOf(signal.wait()) : signal.stream().next();
    await (verb === 'wait'
      ? expect(ended).resolves.toMatchObject({ code: 'ERR_MANAGER_CLOSED' })
      : expect(ended).resolves.toEqual({ done: true, value: undefined }));
    await manager.close();
  });

  it('is not told of a wait that has ended while another transport was told of it', async () => {
    const other = new Signal({ manager });
    const elsewhere = new Elsewhere();
    attachFar(manager, other, elsewhere);
    jest.spyOn(far, 'heard').mockImplementationOnce(() => {
      attachment.deliverEmit({ kwargs: { n: 1 } });
    });
    expect(await manager.wait([signal, other])).toMatchObject({ kwargs: { n: 1 } });
    expect(elsewhere.told).toEqual([]);
  });

  it('is not told of a wait that a kept send resolves', async () => {
    const sticky = new Signal<{ n: number }>({ manager, sticky: true });
    sticky.emit({ n: 1 });
    const elsewhere = new Elsewhere();
    attachFar(manager, sticky, elsewhere);
    elsewhere.told.length = 0;
    expect(await sticky.wait({ timeoutMs: 1_000 })).toMatchObject({ kwargs: { n: 1 } });
    expect(elsewhere.told).toEqual([]);
  });

  it('is told before anything that is sent after the change', () => {
    const order: string[] = [];
    jest.spyOn(far, 'heard').mockImplementation((heard) => void order.push(heard));
    jest.spyOn(far, 'prepare').mockImplementation(() => void order.push('send'));
    signal.connect(() => 1);
    signal.emit();
    expect(order).toEqual(['everything', 'send']);
  });
});

describe('hasReceivers and explain with remote receivers (T7)', () => {
  it('count each thread or node as one', () => {
    far.places.set('picky', 'filtered').set('deaf', 'nothing');
    const explained = (filter?: object): unknown =>
      signal.explain(filter).map(({ name, matches, because }) => [name, matches, because]);
    function here(): void {}
    signal.connect(here, { key: 'a' });
    expect(explained()).toEqual([
      ['here', false, 'no matching sender or key'],
      ['far', true, 'unfiltered'],
      ['picky', false, 'no matching sender or key'],
    ]);
    expect(explained({ key: 'b' })).toEqual([
      ['here', false, 'no matching sender or key'],
      ['far', true, 'unfiltered'],
      ['picky', true, 'key'],
    ]);
    expect(explained({ sender: 's' })).toContainEqual(['picky', true, 'sender']);
    const mute = signal.mute();
    expect(explained()).toEqual([
      ['here', false, 'muted'],
      ['far', false, 'muted'],
      ['picky', false, 'muted'],
    ]);
    mute[Symbol.dispose]();
    expect([signal.hasReceivers(), signal.hasReceivers({ key: 'b' })]).toEqual([true, true]);
    far.places.delete('far');
    expect([signal.hasReceivers(), signal.hasReceivers({ key: 'b' })]).toEqual([false, true]);
    expect(signal.hasReceivers({ keys: ['b'].values() })).toBe(true); // the iterator is read once
    expect(manager.signals()).toEqual([signal]);
  });
});

describe('attachFar', () => {
  it.each([
    ['signal', 'shared', /^Expected `signal` to be a symbol or an object, got string "shared"/],
    ['signal', ANY, /^Expected `signal` to be one signal, got Symbol\(signalbox@1\/ANY\)/],
    ['signal', RECEIVER_CONNECTED, /^Expected `signal` to be none of the meta signals, got object Signal/],
  ])('refuses a wrong %s', (_parameter, token, message) => {
    expect(errorOf(() => attachFar(manager, token as never, far))).toMatchObject({
      name: 'TypeError',
      message: expect.stringMatching(message) as unknown,
    });
  });

  it.each<[unknown, string]>([
    [undefined, 'Expected `far` to be an object, got undefined'],
    [{}, 'Expected `far.reach` to be a function, got undefined'],
    [{ reach: () => [], prepare: 1 }, 'Expected `far.prepare` to be a function, got number 1'],
    [{ reach: () => [], prepare: () => undefined }, 'Expected `far.heard` to be a function, got undefined'],
  ])('refuses %p', (value, message) => {
    expect(errorOf(() => attachFar(manager, signal, value as FarReceivers))).toEqual(new TypeError(message));
  });

  it('is undone by disposing what it returns, once', async () => {
    signal.connect(() => 'here');
    const second = new Elsewhere({ second: 'everything' });
    const other = attachFar(manager, signal, second);
    attachment[Symbol.dispose]();
    attachment[Symbol.dispose]();
    const sent = signal.send();
    second.answer(farResult('second', 1));
    expect(values(await sent)).toEqual(['here', 1]);
    other[Symbol.dispose]();
    expect(values(await signal.send())).toEqual(['here']);
    signal.connect(() => 'another', { key: 'a' });
    signal.disconnectAll();
    expect([far.started, far.told]).toEqual([[], ['everything']]);
  });

  it('leaves disconnectAll and close to the receivers here', async () => {
    signal.connect(() => 1);
    expect(manager.disconnectAll()).toBe(1);
    expect(signal.hasReceivers()).toBe(true);
    await manager.close();
    expect(far.told).toEqual(['everything', 'nothing']);
  });
});

describe('the followers of a signal', () => {
  type Host = FarHost & { readonly attended: boolean };
  const hostOf = () => farHostOf(manager) as Host;

  it('are called until each has ended, and nothing is kept of a signal without followers and transports (R19)', () => {
    const host = hostOf();
    const calls: string[] = [];
    const follow = (name: string) => host.follow(signal, () => void calls.push(name));
    const calledAtAConnect = () => {
      calls.splice(0);
      signal.connect(() => undefined);
      return [...new Set(calls)];
    };
    const [endA, endB] = [follow('a'), follow('b')];
    attachment[DISPOSE]();
    attachment[DISPOSE]();
    expect(calledAtAConnect()).toEqual(['a', 'b']);
    endA();
    expect(calledAtAConnect()).toEqual(['b']);
    endB();
    expect(host.attended).toBe(false);
    const endC = follow('c');
    endB();
    expect(calledAtAConnect()).toEqual(['c']);
    endC();
    expect([calledAtAConnect(), host.attended]).toEqual([[], false]);
  });

  it('are told to transports, as is their end', () => {
    const before = far.told.length;
    const end = hostOf().follow(signal, () => undefined);
    expect([attachment.followed, far.told.length - before]).toEqual([true, 1]);
    end();
    expect([attachment.followed, far.told.length - before]).toEqual([false, 2]);
    manager.connect(() => undefined, ANY).disconnect();
    expect(far.told.slice(before + 2)).toEqual(['everything', 'nothing']);
    attachment[DISPOSE]();
    expect(hostOf().attended).toBe(false);
    expect(signal).toMatchObject({ [STATE]: undefined }); // the manager keeps nothing of it (R19)
  });

  it('are not called by a transport that detaches twice', () => {
    attachFar(manager, signal, new Elsewhere());
    attachment[DISPOSE]();
    const changed = jest.fn();
    hostOf().follow(signal, changed);
    attachment[DISPOSE]();
    expect(changed).not.toHaveBeenCalled();
  });

  it.each([
    ['the signal', () => ({ heard: signal, followed: signal })],
    ['another signal, which ANY hears, too,', () => ({ heard: ANY, followed: new Signal({ manager }) })],
  ])('that follow %s meanwhile are called from the next change on', (_what, signals) => {
    const { heard, followed } = signals();
    manager.connect(() => undefined, heard);
    const calls: string[] = [];
    const host = hostOf();
    host.follow(signal, () => {
      if (calls.push('early') === 1) host.follow(followed, () => void calls.push('late'));
    });
    manager.mute(heard);
    expect(calls).toEqual(['early']);
  });

  it('are all called when a connect is complete, though a receiver of its reports connects, too', () => {
    const calls: string[] = [];
    const [first, second] = [new Signal({ name: 'first', manager }), new Signal({ name: 'second', manager })];
    manager.connect(({ signal: connected }) => {
      calls.push('report');
      if (connected === first) signal.connect(() => undefined);
    }, RECEIVER_CONNECTED);
    for (const each of [first, second]) hostOf().follow(each, () => void calls.push(`follower of ${each.name}`));
    manager.connect(() => undefined, [first, second]);
    expect(calls).toEqual(['report', 'report', 'report', 'follower of first', 'follower of second']);
  });
});

it('FarAttachment#receiving is false while the signal is muted (R24)', () => {
  signal.connect(() => undefined);
  const muted = manager.mute(signal);
  expect(attachment.receiving).toBe(false);
  muted[Symbol.dispose]();
  expect(attachment.receiving).toBe(true);
});
