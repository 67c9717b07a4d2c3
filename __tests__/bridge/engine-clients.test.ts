import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { RedeliverError } from 'signalbox/bridge';
import { broadcastEngine } from 'signalbox/broadcast';
import { mqttEngine } from 'signalbox/mqtt';
import { natsEngine } from 'signalbox/nats';
import { redisEngine } from 'signalbox/redis';
import { defaultNode } from '../../src/bridge/options.js';
import { Subscriptions } from '../../src/bridge/engines/subscriptions.js';
import { ASYNC_DISPOSE } from '../../src/internal/dispose.js';
import { type Deferred, deferred, errorOf, flush, rejectionOf } from '../helpers/promises.js';
import { unref } from '../../src/internal/timer.js';

// Engines over clients that are the test's own: what a broker does only now and then.

const bytes = (text: string) => new TextEncoder().encode(text);
afterEach(() => void jest.restoreAllMocks());

describe('the subscriptions of one subject (H1)', () => {
  it('are all in force only when the client’s is', async () => {
    const subscribers = new Subscriptions();
    const inForce = deferred();
    const subscribe = jest.fn(() => inForce.promise);
    const done: string[] = [];
    for (const name of ['one', 'two']) {
      void subscribers.add('s', () => undefined, subscribe).then(() => done.push(name));
    }
    await flush();
    expect([done, subscribe.mock.calls.length]).toEqual([[], 1]);
    inForce.resolve();
    await flush();
    expect(done).toEqual(['one', 'two']);
  });

  it('fail together when the client’s fails, and leave nothing: the next one tries again', async () => {
    const subscribers = new Subscriptions();
    const failing = deferred();
    const seen: unknown[] = [];
    const one = rejectionOf(
      subscribers.add(
        's',
        () => seen.push(1),
        () => failing.promise,
      ),
    );
    const two = rejectionOf(
      subscribers.add(
        's',
        () => seen.push(2),
        () => failing.promise,
      ),
    );
    failing.reject(new Error('denied'));
    expect([await one, await two]).toEqual([new Error('denied'), new Error('denied')]);
    expect(subscribers.empty).toBe(true);
    const subscribe = jest.fn();
    await subscribers.add('s', () => seen.push(3), subscribe);
    subscribers.deliver('s', bytes('a'));
    expect([seen, subscribe.mock.calls.length]).toEqual([[3], 1]);
  });
});

describe('a subscription of several of one subject', () => {
  async function two() {
    const subscribers = new Subscriptions();
    const [onMessage, unsubscribe] = [jest.fn(), jest.fn()];
    const add = () => subscribers.add('s', onMessage, undefined, unsubscribe);
    return { subscribers, onMessage, unsubscribe, first: await add(), second: await add() };
  }

  it('is told apart from another one of the same function', async () => {
    const { subscribers, onMessage, unsubscribe, first, second } = await two();
    subscribers.deliver('s', bytes('a'));
    expect(onMessage).toHaveBeenCalledTimes(2);
    await first[ASYNC_DISPOSE]();
    subscribers.deliver('s', bytes('b'));
    expect([onMessage.mock.calls.length, unsubscribe.mock.calls.length]).toEqual([3, 0]);
    await second[ASYNC_DISPOSE]();
    expect(subscribers.empty).toBe(true);
  });

  it('ends once, and ends nothing that was subscribed to later', async () => {
    const { subscribers, onMessage, unsubscribe, first, second } = await two();
    for (const each of [first, second, first]) await each[ASYNC_DISPOSE]();
    expect(unsubscribe).toHaveBeenCalledTimes(1);
    await subscribers.add('s', onMessage, undefined, unsubscribe);
    for (const each of [first, second]) await each[ASYNC_DISPOSE]();
    expect([subscribers.has('s'), unsubscribe.mock.calls.length]).toEqual([true, 1]);
  });

  it('that is added while a message is delivered gets the next one', () => {
    const subscribers = new Subscriptions();
    const seen: string[] = [];
    const name = (own: string) => (): void => {
      if (seen.push(own) === 1) void subscribers.add('s', name('late'));
    };
    void subscribers.add('s', name('early'));
    subscribers.deliver('s', bytes('a'));
    expect(seen).toEqual(['early']);
  });
});

describe('a BroadcastChannel of the user', () => {
  it.each([null, {}, { postMessage: () => undefined }])('is checked: %j', (channel) => {
    expect(String(errorOf(() => broadcastEngine(channel as never)))).toContain('to be a BroadcastChannel');
  });

  it('that another engine has is refused: the two would not hear each other (H8)', () => {
    const own = Object.assign(new EventTarget(), { postMessage: () => undefined, close: () => undefined });
    broadcastEngine(own);
    expect(String(errorOf(() => broadcastEngine(own)))).toBe(
      'TypeError: Expected `channel` to be a BroadcastChannel without an engine, got object EventTarget; ' +
        'give each engine its own channel of the same name, or one engine to several bridges',
    );
  });

  it('is left open, and may carry the messages of others', async () => {
    const own = Object.assign(new EventTarget(), { postMessage: jest.fn(), close: jest.fn() });
    const engine = broadcastEngine(own);
    const seen: unknown[] = [];
    const subscription = await engine.subscribe('s', (data) => seen.push([...data]));
    const post = (data: unknown) => own.dispatchEvent(new MessageEvent('message', { data }));
    for (const foreign of ['hello', null, {}, { subject: 's' }, { subject: 's', data: 'text' }, { data: bytes('a') }]) {
      post(foreign);
    }
    expect(seen).toEqual([]);
    post({ subject: 's', data: Uint8Array.of(1) });
    await engine.publish('s', Uint8Array.of(2));
    await flush();
    expect([seen, own.postMessage.mock.calls]).toEqual([[[1], [2]], [[{ subject: 's', data: Uint8Array.of(2) }]]]);
    await subscription[ASYNC_DISPOSE]();
    post({ subject: 's', data: Uint8Array.of(3) });
    expect([seen.length, own.close.mock.calls]).toEqual([2, []]);
  });
});

describe('a client of mqtt', () => {
  function client() {
    const published: unknown[] = [];
    const own = Object.assign(new EventEmitter(), {
      connected: true,
      publishAsync: (topic: string, data: unknown) => Promise.resolve(void published.push([topic, data])),
      subscribeAsync: jest.fn(() => Promise.resolve()),
      unsubscribeAsync: jest.fn(() => Promise.resolve()),
    });
    return { own, published, engine: mqttEngine(own as never) };
  }

  it('gets bytes as they are where there are no Buffers, as in browsers', async () => {
    const { engine, published } = client();
    const data = bytes('a');
    await engine.publish('s.t', data);
    const { Buffer: Class } = globalThis;
    Object.assign(globalThis, { Buffer: undefined });
    await engine.publish('s.t', data);
    Object.assign(globalThis, { Buffer: Class });
    expect(published).toEqual([
      ['s/t', Class.from('a')],
      ['s/t', data],
    ]);
    expect((published[1] as unknown[])[1]).toBe(data);
  });

  it('has one listener for all engines, and one subscription per topic until the last of them ends (H8)', async () => {
    const { engine, own } = client();
    const engines = [engine, ...Array.from({ length: 11 }, () => mqttEngine(own as never))];
    const all = await Promise.all(engines.map((each) => each.subscribe('s.t', () => undefined)));
    expect([own.listenerCount('message'), own.subscribeAsync.mock.calls.length]).toEqual([1, 1]);
    const last = all.pop();
    for (const each of all) await each[ASYNC_DISPOSE]();
    expect([own.listenerCount('message'), own.unsubscribeAsync.mock.calls.length]).toEqual([1, 0]);
    await last?.[ASYNC_DISPOSE]();
    expect([own.listenerCount('message'), own.unsubscribeAsync.mock.calls.length]).toEqual([0, 1]);
  });

  it('that loses its connection while a subscription ends has that ended (H8)', async () => {
    const { engine, own } = client();
    own.unsubscribeAsync.mockRejectedValue(new Error('Connection closed'));
    const subscription = await engine.subscribe('s.t', () => undefined);
    await subscription[ASYNC_DISPOSE]();
    expect(own.listenerCount('message')).toBe(0);
  });

  it('is listened to once for all subjects, as long as there is one; asked for nothing while it is away', async () => {
    const { engine, own } = client();
    const one = await engine.subscribe('s.one', () => undefined);
    const two = await engine.subscribe('s.two', () => undefined);
    expect(own.listenerCount('message')).toBe(1);
    await one[ASYNC_DISPOSE]();
    expect([own.listenerCount('message'), own.unsubscribeAsync.mock.calls]).toEqual([1, [['s/one']]]);
    own.connected = false;
    await two[ASYNC_DISPOSE]();
    expect([own.listenerCount('message'), own.unsubscribeAsync.mock.calls]).toEqual([0, [['s/one']]]);
  });
});

describe('a connection of NATS', () => {
  it('that tells of an error has nothing delivered, and passes a group on to the broker', async () => {
    const subscribe = jest.fn((_subject: string, _options: object) => ({ unsubscribe: () => undefined }));
    const engine = natsEngine({ publish: () => undefined, flush: () => Promise.resolve(), subscribe } as never);
    const seen: unknown[] = [];
    await engine.subscribe('s', (data) => seen.push(data), { group: 'g' });
    const [[subject, options]] = subscribe.mock.calls as unknown as [
      [string, { callback: (error: Error | null, message: object) => void; queue: string }],
    ];
    expect([subject, options.queue]).toEqual(['s', 'g']);
    options.callback(new Error('permission denied'), { data: bytes('a') });
    options.callback(null, { data: bytes('b') });
    expect(seen).toEqual([bytes('b')]);
  });
});

describe('a client of Redis', () => {
  type Listener = (message: Buffer, channel: Buffer) => void;

  function client() {
    const state = { down: true };
    const made: (EventEmitter & { destroyed: number; isReady: boolean; heard: Map<string, Set<Listener>> })[] = [];
    const answer = { promise: Promise.resolve() };
    const unsubscribe = jest.fn((_subject: string) => answer.promise);
    const duplicate = () => {
      const other = Object.assign(new EventEmitter(), {
        destroyed: 0,
        isReady: true,
        heard: new Map<string, Set<Listener>>(),
        connect: () => (state.down ? Promise.reject(new Error('down')) : Promise.resolve()),
        subscribe: (subject: string, listener: Listener) => {
          other.heard.set(subject, (other.heard.get(subject) ?? new Set()).add(listener));
          return Promise.resolve();
        },
        unsubscribe,
        destroy: () => void (other.destroyed += 1),
      });
      made.push(other);
      return other;
    };
    const own = { duplicate } as never;
    return { state, made, answer, unsubscribe, own, engine: redisEngine(own) };
  }

  it('has one duplicate for the subscriptions of all engines, ended with the last of them (H8)', async () => {
    const { state, made, own } = client();
    state.down = false;
    const engines = Array.from({ length: 3 }, () => redisEngine(own));
    const all = await Promise.all(engines.map((each, n) => each.subscribe(`s${n}`, () => undefined)));
    const last = all.pop();
    for (const each of all) await each[ASYNC_DISPOSE]();
    expect(made.map(({ destroyed }) => destroyed)).toEqual([0]);
    await last?.[ASYNC_DISPOSE]();
    expect(made.map(({ destroyed }) => destroyed)).toEqual([1]);
  });

  it('that can’t be duplicated is tried again with the next subscription', async () => {
    const { state, made, engine } = client();
    expect(await rejectionOf(engine.subscribe('s', () => undefined))).toEqual(new Error('down'));
    state.down = false;
    const subscription = await engine.subscribe('s', () => undefined);
    await subscription[ASYNC_DISPOSE]();
    expect(made.map(({ destroyed }) => destroyed)).toEqual([1, 1]);
  });

  it('has its duplicate ended while that is not connected, and no error of it is thrown', async () => {
    const { state, made, unsubscribe, engine } = client();
    state.down = false;
    const subscriptions = [await engine.subscribe('s', () => undefined), await engine.subscribe('t', () => undefined)];
    for (const other of made) {
      other.emit('error', new Error('connection lost'));
      other.isReady = false;
    }
    for (const each of subscriptions) await each[ASYNC_DISPOSE]();
    expect([made.map(({ destroyed }) => destroyed), unsubscribe.mock.calls]).toEqual([[1], []]);
  });

  it('is asked to end a subscription while there are others, and just ended with the last one, whatever is not answered', async () => {
    const { state, made, answer, unsubscribe, engine } = client();
    state.down = false;
    const subjects = ['s', 't', 'u'];
    const subscriptions = await Promise.all(subjects.map((subject) => engine.subscribe(subject, () => undefined)));
    const closed = deferred();
    answer.promise = closed.promise;
    const ends = subscriptions.map((each) => each[ASYNC_DISPOSE]());
    const destroyed = made.map((other) => other.destroyed);
    expect([unsubscribe.mock.calls.map(([subject]) => subject), destroyed]).toEqual([['s', 't'], [1]]);
    closed.reject(new Error('closed'));
    await Promise.all(ends);
  });

  it('is ended with the last subscription, though it failed to end another one', async () => {
    const { state, made, answer, engine } = client();
    state.down = false;
    const subscriptions = [await engine.subscribe('s', () => undefined), await engine.subscribe('t', () => undefined)];
    answer.promise = Promise.reject(new Error('no'));
    for (const each of subscriptions) await each[ASYNC_DISPOSE]();
    expect(made.map(({ destroyed }) => destroyed)).toEqual([1]);
  });

  it('delivers once what comes to a subject that it has been subscribed to twice, as it was away in between', async () => {
    const { state, made, engine } = client();
    state.down = false;
    const seen: unknown[] = [];
    await engine.subscribe('other', () => undefined);
    const before = await engine.subscribe('s', (data) => seen.push(['before', String(data)]));
    const [own] = made;
    Object.assign(own ?? {}, { isReady: false });
    await before[ASYNC_DISPOSE]();
    await engine.subscribe('s', (data) => seen.push(['after', String(data)]));
    for (const listener of own?.heard.get('s') ?? []) listener(Buffer.from('a'), Buffer.from('s'));
    expect(seen).toEqual([['after', 'a']]);
  });
});

/** As Redis gives it. */
const entry = (key: string) => [Buffer.from(key), ['id', key, 'data', 'x'].map((text) => Buffer.from(text))];

describe('a member of a group over Redis Streams', () => {
  it('takes no more than it has room for, also after a failure', async () => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'setImmediate', 'nextTick'] });
    const reads: { readonly count: string; readonly answer: Deferred<unknown> }[] = [];
    const idle: string[] = [];
    const answers: Readonly<Record<string, (args: readonly string[]) => unknown>> = {
      XREADGROUP: ([, , , , , count = '']) => {
        const answer = deferred<unknown>();
        reads.push({ count, answer });
        return answer.promise;
      },
      XPENDING: (args) => {
        return args.includes('IDLE') ? idle.splice(0, Number(args.at(-1))).map((key) => [key]) : [['key', 'me', 1, 2]];
      },
      XCLAIM: (args) => (args.includes('JUSTID') ? [] : [entry(String(args.at(-1)))]),
    };
    const duplicate = () =>
      Object.assign(new EventEmitter(), {
        connect: () => Promise.resolve(),
        destroy: () => reads.at(-1)?.answer.reject(new Error('closed')),
        sendCommand: async (args: readonly string[]) => answers[args[0] ?? '']?.(args) ?? [],
      });
    const engine = redisEngine({ duplicate } as never, { redeliverAfterMs: 3_000 });
    const inHand: Deferred<void>[] = [];
    const consumer = await engine.durable?.consume('s', 'g', () => {
      const handled = deferred();
      inHand.push(handled);
      return handled.promise;
    });
    await flush();
    reads[0]?.answer.resolve([['s', Array.from({ length: 31 }, (_, n) => entry(`1-${n}`))]]);
    await flush();
    idle.push('9-9', '9-10');
    for (let round = 0; round < 2; round++) {
      jest.advanceTimersByTime(1_000);
      await flush();
    }
    expect([inHand.length, idle]).toEqual([32, ['9-10']]);
    reads[1]?.answer.reject(new Error('connection lost'));
    await flush();
    jest.advanceTimersByTime(500);
    await flush();
    expect(reads.map(({ count }) => count)).toEqual(['32', '1']);
    inHand[0]?.resolve();
    await flush();
    expect(reads.map(({ count }) => count)).toEqual(['32', '1', '1']);

    const ended = consumer?.[ASYNC_DISPOSE]();
    for (const { resolve } of inHand) resolve();
    await ended;
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });
});

describe('a member of a group over Redis Streams, at its end', () => {
  type Answers = Readonly<Record<string, (args: readonly string[]) => unknown>>;
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'setImmediate', 'nextTick'] }));
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  /** A member for which the test is the server: what it asks, and its end. */
  async function member(onMessage: (...job: unknown[]) => Promise<void>, answers: Answers = {}) {
    const asked: string[] = [];
    const told: string[] = [];
    const reads: Deferred<unknown>[] = [];
    const duplicate = () =>
      Object.assign(new EventEmitter(), {
        connect: () => Promise.resolve(),
        destroy: () => {
          reads.at(-1)?.reject(new Error('closed'));
          throw new Error('The client is closed');
        },
        sendCommand: (args: readonly string[]) => {
          asked.push(args.join(' ').replace(/[0-9a-f]{16}/, 'me'));
          if (args[0] === 'XREADGROUP') reads.push(deferred<unknown>());
          const answer = args[0] === 'XREADGROUP' ? reads.at(-1)?.promise : answers[args[0] ?? '']?.(args);
          return Promise.resolve(answer ?? []);
        },
      });
    const engine = redisEngine({ duplicate } as never, { redeliverAfterMs: 3_000 });
    const onError = (error: unknown) => told.push(String(error));
    const consumer = await engine.durable?.consume('s', 'g', onMessage, { onError });
    await flush();
    const come = async (key: string, given: unknown = entry(key)): Promise<void> => {
      reads.at(-1)?.resolve([['s', [given]]]);
      await flush();
    };
    const pass = async (ms: number): Promise<void> => {
      asked.splice(0);
      jest.advanceTimersByTime(ms);
      await flush();
    };
    return { come, pass, asked, told, end: async () => consumer?.[ASYNC_DISPOSE]() };
  }

  it('does not mind that its connections are closed already', async () => {
    const { end } = await member(() => Promise.resolve());
    await end();
    await end();
  });

  it('waits a second for a server that is away to take its acknowledgements', async () => {
    const away = () => new Promise(() => undefined);
    const XPENDING = (args: readonly string[]) => (args.includes('IDLE') ? [] : away());
    const { come, end } = await member(() => Promise.resolve(), { XACK: away, XPENDING });
    await come('1-0');
    let ended = false;
    const ending = end().then(() => (ended = true));
    await flush();
    jest.advanceTimersByTime(999);
    await flush();
    expect(ended).toBe(false);
    jest.advanceTimersByTime(1);
    await ending;
  });

  it('takes an entry again that it could not acknowledge', async () => {
    const onMessage = jest.fn(() => Promise.resolve());
    const XACK = () => (onMessage.mock.calls.length === 1 ? Promise.reject(new Error('connection lost')) : 1);
    const XPENDING = (args: readonly string[]) => (args.includes('IDLE') ? [] : [['1-0', 'me', 1, 2]]);
    const { come, end } = await member(onMessage, { XACK, XCLAIM: () => [entry('1-0')], XPENDING });
    await come('1-0');
    jest.advanceTimersByTime(1);
    await flush();
    expect(onMessage.mock.calls).toEqual([
      [expect.anything(), '1-0', 1],
      [expect.anything(), '1-0', 2],
    ]);
    await end();
  });

  it('does not take over what it has in hand itself, though the server has been away so long', async () => {
    const job = deferred();
    const idle = { XPENDING: (args: readonly string[]) => (args.includes('IDLE') ? [['1-0'], ['2-0']] : []) };
    const { come, asked, end } = await member(() => job.promise, idle);
    await come('1-0');
    asked.splice(0);
    jest.advanceTimersByTime(1_000);
    await flush();
    expect(asked.filter((each) => each.startsWith('XCLAIM'))).toEqual([
      'XCLAIM s g me 0 1-0 JUSTID',
      'XCLAIM s g me 3000 2-0',
    ]);
    job.resolve();
    await end();
  });

  it('gets an entry with other fields as one without data, and none that comes after its end has begun', async () => {
    const onMessage = jest.fn((..._job: unknown[]) => Promise.resolve());
    const { come, end } = await member(onMessage);
    await come('1-0', [Buffer.from('1-0'), [Buffer.from('other'), Buffer.from('field')]]);
    expect(onMessage.mock.calls).toEqual([[Buffer.alloc(0), 'field', 1]]);
    const coming = come('2-0');
    await Promise.all([end(), coming]);
    expect(onMessage).toHaveBeenCalledTimes(1);
  });

  it('gives signs of what waits for its retry, and tries it again when its delay has passed', async () => {
    const onMessage = jest.fn(() => Promise.reject(new RedeliverError(1_500)));
    const { come, pass, asked, end } = await member(onMessage);
    await come('1-0');
    await pass(1_000);
    expect(asked).toContain('XCLAIM s g me 0 1-0 JUSTID');
    await pass(500);
    expect(asked).toEqual(['XCLAIM s g me 0 1-0']); // another member has it: that is all
    await pass(500);
    expect(asked.filter((each) => each.startsWith('XCLAIM'))).toEqual([]);
    expect(onMessage).toHaveBeenCalledTimes(1);
    await end();
  });

  it.each([
    ['from the first entry, if it is the first one', [], ['XGROUP CREATE s g 0 MKSTREAM']],
    ['from the next entry, if there are others', ['other'], ['XGROUP CREATE s g $ MKSTREAM']],
    ['not if it exists', ['other', 'g'], []],
  ])('makes its group %s (H5)', async (_how, names, made) => {
    const XINFO = () => names.map((name) => ['name', name, 'last-delivered-id', '0-0']);
    const XGROUP = () => Promise.reject(new Error('BUSYGROUP another member was faster'));
    const { asked, end } = await member(() => Promise.resolve(), { XINFO, XGROUP });
    expect(asked.filter((each) => each.startsWith('XGROUP'))).toEqual(made);
    await end();
  });

  it('rejects if the server does not tell the groups (H5)', async () => {
    const lost = new Error('connection lost');
    expect(await rejectionOf(member(() => Promise.resolve(), { XINFO: () => Promise.reject(lost) }))).toBe(lost);
  });

  it('leaves to other members what it could not claim for its retry', async () => {
    const onMessage = jest.fn(() => Promise.reject(new RedeliverError(500)));
    const XCLAIM = () => Promise.reject(new Error('connection lost'));
    const { come, pass, asked, told, end } = await member(onMessage, { XCLAIM });
    await come('1-0');
    await pass(500);
    expect(asked).toEqual(['XCLAIM s g me 0 1-0']);
    await pass(500);
    expect(asked.filter((each) => each.startsWith('XCLAIM'))).toEqual([]);
    expect([onMessage.mock.calls.length, told]).toEqual([1, []]);
    await end();
  });

  it('gives no signs of what it has done', async () => {
    const { come, pass, asked, end } = await member(() => Promise.resolve());
    await come('1-0');
    await pass(1_000);
    expect(asked.filter((each) => each.startsWith('XCLAIM'))).toEqual([]);
    await end();
  });

  it('repeats an acknowledgement that the server refuses, not the job, and reports that once (H9)', async () => {
    const onMessage = jest.fn(() => Promise.resolve());
    const XACK = () => Promise.reject(new Error('NOPERM no rights'));
    const { come, pass, asked, told, end } = await member(onMessage, { XACK });
    await come('1-0');
    for (let round = 0; round < 2; round++) {
      await pass(999);
      expect(asked).not.toContain('XACK s g 1-0');
      await pass(1);
      expect(asked).toContain('XACK s g 1-0');
    }
    const refusals = told.filter((each) => each.includes('NOPERM'));
    expect([onMessage.mock.calls.length, refusals]).toEqual([1, ['Error: NOPERM no rights']]);
    await end();
  });

  it('reports no other failure of a command as refused', async () => {
    const XPENDING = () => Promise.reject(new Error('connection lost'));
    const { pass, told, end } = await member(() => Promise.resolve(), { XPENDING });
    await pass(1_000);
    expect(told).toEqual([]);
    await end();
  });

  it('removes nothing from a stream that no group reads', async () => {
    const { pass, asked, end } = await member(() => Promise.resolve());
    await pass(60_000);
    expect(asked).toContain('XINFO GROUPS s');
    expect(asked.filter((each) => each.startsWith('XTRIM'))).toEqual([]);
    await end();
  });

  /** What the server still has under the name of a member when it asks for that. */
  const pending = (...keys: readonly string[]): Answers => ({
    XPENDING: (args) => (args.includes('IDLE') ? [] : keys.map((key) => [key, 'me', 1, 1])),
  });

  it.each([
    ['at once', 0, 3_000],
    ['after its delay', 500, 2_500],
    ['after its long delay', 60_000, 0],
  ])('frees what goes back: another member takes it over %s', async (_when, delayMs, idleMs) => {
    const job = deferred();
    const { come, asked, end } = await member(() => job.promise, pending('1-0'));
    await come('1-0');
    const ended = end();
    job.reject(new RedeliverError(delayMs));
    await ended;
    expect(asked.at(-1)).toBe(`XCLAIM s g me 0 1-0 IDLE ${idleMs} JUSTID`);
  });

  it('frees what waits for its retry: another member takes it over when the rest of its delay has passed', async () => {
    const { come, asked, end } = await member(() => Promise.reject(new RedeliverError(900)), pending('1-0'));
    await come('1-0');
    jest.advanceTimersByTime(500);
    await end();
    expect(asked.slice(-2)).toEqual(['XPENDING s g - + 10000 me', 'XCLAIM s g me 0 1-0 IDLE 2600 JUSTID']);
  });

  it('gives signs of what it has in hand until that is done, tries nothing again, and takes nothing over', async () => {
    const job = deferred();
    const onMessage = jest.fn(() =>
      onMessage.mock.calls.length === 1 ? job.promise : Promise.reject(new RedeliverError(500)),
    );
    const XPENDING = (args: readonly string[]) => (args.includes('IDLE') ? [['9-0']] : []);
    const { come, asked, end } = await member(onMessage, { XPENDING });
    for (const key of ['1-0', '2-0']) await come(key);
    const ended = end();
    asked.splice(0);
    for (let round = 0; round < 2; round++) {
      jest.advanceTimersByTime(1_000);
      await flush();
    }
    const signs = asked.filter((each) => each.startsWith('XCLAIM'));
    expect(signs).toEqual(['XCLAIM s g me 0 1-0 JUSTID', 'XCLAIM s g me 0 1-0 JUSTID']);
    job.resolve();
    await ended;
    expect(onMessage).toHaveBeenCalledTimes(2);
  });

  it('frees what the server has given to it, and it has not begun', async () => {
    const onMessage = jest.fn(() => Promise.resolve());
    const { asked, end } = await member(onMessage, pending('1-0', '2-0'));
    await end();
    expect(asked.slice(-2)).toEqual(['1-0', '2-0'].map((key) => `XCLAIM s g me 0 ${key} IDLE 3000 JUSTID`));
    expect(onMessage).not.toHaveBeenCalled();
  });

  it('hands what it was just taking over to nobody, and takes over nothing more', async () => {
    const [found, claimed] = [deferred<unknown>(), deferred<unknown>()];
    const onMessage = jest.fn(() => Promise.resolve());
    const { asked, end } = await member(onMessage, {
      XPENDING: (args) => (args.includes('IDLE') ? found.promise : []),
      XCLAIM: () => claimed.promise,
    });
    found.resolve([['1-0'], ['2-0']]);
    await flush();
    await end();
    claimed.resolve([entry('1-0')]);
    await flush();
    const claims = asked.filter((each) => each.startsWith('XCLAIM'));
    expect([onMessage.mock.calls, claims]).toEqual([[], ['XCLAIM s g me 3000 1-0']]);
  });

  it('ends though the server refuses to say what it has left', async () => {
    const XPENDING = () => Promise.reject(new Error('NOGROUP'));
    const { end } = await member(() => Promise.resolve(), { XPENDING });
    await end();
  });
});

describe('where there is no node', () => {
  it('a bridge is named after the site, or just at random', () => {
    const names: string[] = [];
    const { process } = globalThis;
    jest.replaceProperty(globalThis, 'process', undefined as never);
    names.push(defaultNode());
    Object.assign(globalThis, { location: { hostname: 'shop.test' } });
    names.push(defaultNode());
    Object.assign(globalThis, { location: undefined });
    jest.restoreAllMocks();
    expect(names).toEqual([
      expect.stringMatching(/^host-[0-9a-f]{16}$/),
      expect.stringMatching(/^shop\.test-[0-9a-f]{16}$/),
    ]);
    expect(defaultNode()).toMatch(new RegExp(`-${process.pid}-[0-9a-f]{16}$`));
  });

  it('timers are numbers, and kept', () => {
    expect(() => unref(7)).not.toThrow();
  });
});
