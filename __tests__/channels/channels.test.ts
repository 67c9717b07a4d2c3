import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { type ChannelListener, channel, subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { Signal, SignalManager, managers } from '../../src/index.js';
import '../../src/channels/index.js';
import type { ReceiveMessage, SendMessage } from '../../src/channels/index.js';
import { attachFar } from '../../src/far/index.js';
import { DISPOSE } from '../../src/internal/dispose.js';
import { Elsewhere } from '../helpers/elsewhere.js';

const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;
const NAMES = ['send', 'receive'].flatMap((what) => EVENTS.map((event) => `tracing:signalbox:${what}:${event}`));

let manager: SignalManager;
let saved: Signal<{ id: number }>;
let ends: (() => void)[];

beforeEach(() => {
  manager = new SignalManager({ name: 'shop', onError: null });
  saved = new Signal<{ id: number }>({ name: 'saved', manager });
  ends = [];
});

afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await manager.close();
});

function listen(name: string, listener: (message: SendMessage & ReceiveMessage) => unknown): void {
  const untyped: ChannelListener = (message) => void listener(message as SendMessage & ReceiveMessage);
  subscribe(name, untyped);
  ends.push(() => unsubscribe(name, untyped));
}

/** Notes the events of both tracing channels, and what the message has besides at that moment. */
function noted(of: (message: SendMessage & ReceiveMessage) => unknown[] = () => []): unknown[][] {
  const events: unknown[][] = [];
  for (const name of NAMES) {
    listen(name, (message) => {
      events.push([name.replace('tracing:signalbox:', ''), ...of(message)]);
    });
  }
  return events;
}

/** How many watches each manager has. */
const watches = new Map<SignalManager, number>();
const count = (of: SignalManager, more: number): void => void watches.set(of, (watches.get(of) ?? 0) + more);

beforeAll(() => {
  const { prototype } = SignalManager;
  const watch: SignalManager['watch'] = Reflect.get<SignalManager, 'watch'>(prototype, 'watch');
  jest.spyOn(prototype, 'watch').mockImplementation(function (this: SignalManager, watcher) {
    const watching = watch.call(this, watcher);
    count(this, 1);
    return {
      [DISPOSE]: () => {
        count(this, -1);
        watching[DISPOSE]();
      },
    };
  });
});

afterAll(() => {
  jest.restoreAllMocks();
});

const watched = (of: SignalManager): boolean => (watches.get(of) ?? 0) > 0;

describe('the channels (W21)', () => {
  it('publish sends and receives of existing and later managers', () => {
    const seen: unknown[] = [];
    listen('tracing:signalbox:send:start', ({ signalName, managerName }) => {
      seen.push([signalName, managerName]);
    });
    listen('tracing:signalbox:receive:start', ({ signalName, receiverName }) => {
      seen.push([signalName, receiverName]);
    });
    saved.connect(function store() {
      return undefined;
    });
    saved.emit({ id: 1 });
    new SignalManager({ name: 'later' }).signal('opened').emit();
    expect(seen).toEqual([
      ['saved', 'shop'],
      ['saved', 'store'],
      ['opened', 'later'],
    ]);
  });

  it('are published to once, however often the entry is loaded', async () => {
    jest.resetModules();
    await import('../../src/channels/index.js');
    const events = noted();
    saved.emit({ id: 1 });
    expect(events).toEqual([['send:start'], ['send:end']]);
  });
});

describe('a manager is watched only while a channel is used (W22)', () => {
  const store = new AsyncLocalStorage();
  const listener: ChannelListener = () => undefined;
  const method = (name: 'subscribe' | 'unsubscribe'): unknown =>
    Reflect.apply(channel('tracing:signalbox:send:end')[name], channel('tracing:signalbox:send:end'), [listener]);
  const tracing = tracingChannel<object>('signalbox:receive');
  const handlers = { start: listener } as Parameters<typeof tracing.subscribe>[0];

  const ways: [string, () => void, () => void][] = [
    ...NAMES.map((name): (typeof ways)[number] => [
      `subscribe of ${name}`,
      () => subscribe(name, listener),
      () => unsubscribe(name, listener),
    ]),
    ['a method of the channel', () => method('subscribe'), () => method('unsubscribe')],
    ['a tracing channel', () => tracing.subscribe(handlers), () => tracing.unsubscribe(handlers)],
    [
      'a bound store',
      () => channel('tracing:signalbox:send:start').bindStore(store),
      () => channel('tracing:signalbox:send:start').unbindStore(store),
    ],
  ];

  it.each(ways)('by %s', (_way, start, stop) => {
    expect(watched(manager)).toBe(false);
    start();
    start();
    expect(watched(manager)).toBe(true);
    expect(watched(new SignalManager())).toBe(true);
    stop();
    stop();
    expect(managers().filter(watched)).toEqual([]);
  });

  it('and others go on while one of them is closing', async () => {
    let finish = (): void => undefined;
    saved.connect(() => new Promise<void>((resolve) => (finish = resolve)));
    saved.emit({ id: 1 });
    const onError = jest.fn();
    const closing = new SignalManager({ onError });
    const closed = closing.close();
    const events = noted();
    new SignalManager().signal('opened').emit();
    finish();
    await closed;
    expect({ events, errors: onError.mock.calls }).toEqual({ events: [['send:start'], ['send:end']], errors: [] });
  });
});

describe('the order of events (W23)', () => {
  const asynchronous = [
    ['send:start'],
    ['receive:start'],
    ['receive:end'],
    ['send:end'],
    ['receive:asyncStart'],
    ['receive:asyncEnd'],
    ['send:asyncStart'],
    ['send:asyncEnd'],
  ];

  it('of a sync send and its receivers', () => {
    saved.connect(() => 'one');
    saved.connect(() => 'two');
    const events = noted(({ results, result }: Partial<SendMessage & ReceiveMessage>) => [results?.length ?? result]);
    saved.emit({ id: 1 });
    expect(events).toEqual([
      ['send:start', 0],
      ['receive:start', undefined],
      ['receive:end', 'one'],
      ['receive:start', undefined],
      ['receive:end', 'two'],
      ['send:end', 2],
    ]);
  });

  it('of an async receiver, in each verb that waits', async () => {
    const events = noted();
    saved.connect(() => Promise.resolve('late'));
    await saved.send({ id: 1 });
    expect(events.splice(0)).toEqual(asynchronous);
    await saved.send({ id: 1 }, { timeoutMs: 60_000 });
    expect(events.splice(0)).toEqual(asynchronous);
    await saved.sendSerial({ id: 1 });
    expect(events.splice(0)).toEqual(asynchronous);
    saved.emit({ id: 1 });
    await manager.drain();
    expect(events.splice(0)).toEqual(asynchronous);
  });

  it('of a sendSerial of sync receivers, which is over when its promise settles', async () => {
    const events = noted();
    saved.connect(() => 'value');
    await saved.sendSerial({ id: 1 });
    expect(events).toEqual([
      ['send:start'],
      ['receive:start'],
      ['receive:end'],
      ['send:end'],
      ['send:asyncStart'],
      ['send:asyncEnd'],
    ]);
  });

  it('of a foreign thenable, whose `then` is read by the send only', async () => {
    const events = noted();
    let reads = 0;
    const thenable = {
      get then() {
        reads += 1;
        return (resolve: (value: unknown) => void) => resolve('value');
      },
    };
    saved.connect(() => thenable);
    await saved.send({ id: 1 });
    expect(reads).toBe(1);
    expect(events).toEqual(asynchronous);
  });

  it('of a proxy that throws are those of a sync receiver, and nothing is reported (W8, W9)', async () => {
    const refuses = (): never => {
      throw new Error('no');
    };
    const reported: unknown[] = [];
    const own = new SignalManager({ onError: (error) => void reported.push(error) });
    const token = Symbol('token');
    own.connect(() => new Proxy({}, { getOwnPropertyDescriptor: refuses }), token);
    const events = noted();
    await own.send(token);
    expect(events).toEqual([['send:start'], ['receive:start'], ['receive:end'], ['send:end']]);
    expect(reported).toEqual([]);
  });
});

describe('errors (W24)', () => {
  const error = new Error('no paper');
  const failing = {
    throws: () => {
      throw error;
    },
    rejects: () => Promise.reject(error),
  };
  const brief = ({ error: failure, expected }: SendMessage & ReceiveMessage) =>
    failure === undefined ? [] : [failure, expected];

  it('of a receiver that throws come before `end`, and its send does not fail', () => {
    saved.connect(failing.throws);
    const events = noted(brief);
    saved.emit({ id: 1 }, { expected: [Error] });
    expect(events).toEqual([
      ['send:start'],
      ['receive:start'],
      ['receive:error', error, true],
      ['receive:end', error, true],
      ['send:end'],
    ]);
  });

  it('of a receiver that rejects come before `asyncStart`', async () => {
    saved.connect(failing.rejects);
    const events = noted(brief);
    await saved.send({ id: 1 });
    expect(events).toEqual([
      ['send:start'],
      ['receive:start'],
      ['receive:end'],
      ['send:end'],
      ['receive:error', error, false],
      ['receive:asyncStart', error, false],
      ['receive:asyncEnd', error, false],
      ['send:asyncStart'],
      ['send:asyncEnd'],
    ]);
  });

  it('are a promise that a sendSync got, a time-out, and an abort after the call', async () => {
    const errors: unknown[] = [];
    listen('tracing:signalbox:receive:error', ({ receiverName, error: failure }) => {
      errors.push([receiverName, (failure as Error).name]);
    });
    const never = saved.connect(function never() {
      return new Promise(() => undefined);
    });
    const last = saved.connect(function last() {
      return undefined;
    });
    await saved.send({ id: 1 }, { timeoutMs: 0 });
    const abort = new AbortController();
    const sent = saved.sendSerial({ id: 1 }, { abortSignal: abort.signal });
    abort.abort(new RangeError('enough'));
    await sent; // `last` was not called
    never.disconnect();
    last.disconnect();
    saved.connect(function later() {
      return Promise.resolve();
    });
    saved.sendSync({ id: 1 });
    expect(errors).toEqual([
      ['never', 'ReceiverTimeoutError'],
      ['never', 'RangeError'],
      ['later', 'AsyncReceiverError'],
    ]);
  });

  it('of a send that fails itself, at once or later', async () => {
    const events = noted(brief);
    saved.connect(() => 'value');
    const until = (): boolean => {
      throw error;
    };
    expect(() => saved.sendSync({ id: 1 }, { until })).toThrow(error);
    expect(events.splice(0)).toEqual([
      ['send:start'],
      ['receive:start'],
      ['receive:end'],
      ['send:error', error, undefined],
      ['send:end', error, undefined],
    ]);
    await expect(saved.sendSerial({ id: 1 }, { until })).rejects.toBe(error);
    expect(events.slice(-3)).toEqual([
      ['send:error', error, undefined],
      ['send:asyncStart', error, undefined],
      ['send:asyncEnd', error, undefined],
    ]);
  });

  it('are those of the call, if a send calls one function for several objects', async () => {
    const answers = new Map<object, (value: string) => void>();
    const receiver = function (this: object): Promise<string> {
      return new Promise((resolve) => answers.set(this, resolve));
    };
    const [first, second, third] = [{}, {}, {}];
    for (const thisArg of [first, second, third]) saved.connect(receiver, { thisArg });
    const order: unknown[] = [];
    const calls: ReceiveMessage[] = [];
    listen('tracing:signalbox:receive:start', (message) => calls.push(message));
    listen('tracing:signalbox:receive:asyncEnd', (message) => {
      order.push([calls.indexOf(message), message.result]);
    });
    const sent = saved.send({ id: 1 });
    for (const [object, text] of [
      [third, 'c'],
      [first, 'a'],
      [second, 'b'],
    ] as const) {
      answers.get(object)?.(text);
      await Promise.resolve();
    }
    await sent;
    expect(order).toEqual([
      [2, 'c'],
      [0, 'a'],
      [1, 'b'],
    ]);
  });

  it('end every message of sends that are nested too deep', () => {
    const events = noted();
    saved.connect(({ id }) => saved.emit({ id: id + 1 }));
    expect(() => saved.emit({ id: 1 })).toThrow('nested');
    const count = (name: string) => events.filter(([each]) => each === name).length;
    expect([count('send:end'), count('receive:end')]).toEqual([count('send:start'), count('receive:start')]);
    expect(count('send:error')).toBeGreaterThan(1);
  });
});

describe('bound stores (W25)', () => {
  it('are visible where `run` and `call` apply, and to the events of their message', async () => {
    const sends = new AsyncLocalStorage<string>();
    const calls = new AsyncLocalStorage<string>();
    const bind = (name: string, store: AsyncLocalStorage<string>, value: (message: never) => string): void => {
      const bound = channel(`tracing:signalbox:${name}:start`);
      bound.bindStore(store, value as (message: unknown) => string);
      ends.push(() => bound.unbindStore(store));
    };
    bind('send', sends, ({ signalName }: SendMessage) => signalName);
    bind('receive', calls, ({ receiverName }: ReceiveMessage) => receiverName);
    const seen: unknown[] = [];
    const look = (what: string): void => void seen.push([what, sends.getStore(), calls.getStore()]);
    listen('tracing:signalbox:receive:asyncEnd', () => look('receive:asyncEnd'));
    listen('tracing:signalbox:send:asyncEnd', () => look('send:asyncEnd'));
    saved.connect(async function first() {
      await Promise.resolve();
      look('first');
    });
    saved.connect(function second() {
      look('second');
    });
    await saved.sendSerial({ id: 1 });
    look('outside');
    expect(seen).toEqual([
      ['first', 'saved', 'first'],
      ['receive:asyncEnd', 'saved', 'first'],
      ['second', 'saved', 'second'],
      ['send:asyncEnd', 'saved', undefined],
      ['outside', undefined, undefined],
    ]);
  });

  it('and a `trace` that a `start` subscriber sets travels; otherwise other watchers decide', () => {
    const mine = { traceparent: '00-11111111111111111111111111111111-1111111111111111-01' };
    const others = { traceparent: '00-22222222222222222222222222222222-2222222222222222-01' };
    const far = new Elsewhere();
    far.silent = true;
    attachFar(manager, saved, far);
    let set = true;
    listen('tracing:signalbox:send:start', (message) => {
      if (set) message.trace = mine;
    });
    ends.push(() => watching[Symbol.dispose]());
    const watching = manager.watch({ onSend: () => ({ trace: () => others }) });
    saved.emit({ id: 1 });
    set = false;
    saved.emit({ id: 2 });
    expect(far.started.map(({ trace }) => trace)).toEqual([mine, others]);
  });
});

describe('the messages (W26)', () => {
  it('are one object per send and per call, which shows no values', async () => {
    const secret = 'hunter2';
    const login = new Signal<{ password: string }, string>({ name: 'login', manager });
    const texts: string[] = [];
    const sends = new Set<unknown>();
    const calls = new Set<unknown>();
    let last: ReceiveMessage | undefined;
    for (const name of NAMES) {
      listen(name, (message) => {
        (name.includes(':send:') ? sends : calls).add(message);
        if (name.includes(':receive:')) last = message;
        texts.push(JSON.stringify(message), inspect(message), inspect({ ...message }), Object.keys(message).join());
      });
    }
    const receiver = ({ password }: { password: string }) => Promise.resolve(password);
    login.connect(receiver, { sender: secret });
    await login.send({ password: secret }, { sender: secret });
    expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    expect([sends.size, calls.size]).toEqual([1, 1]);
    expect(last).toMatchObject({ result: secret, receiver, signalName: 'login', receiverName: 'receiver' });
    expect(last?.send).toBe([...sends][0]);
    expect(last?.send).toMatchObject({
      kind: 'send',
      origin: 'local',
      managerName: 'shop',
      receivers: 1,
      peers: [],
      trace: undefined,
      manager,
      signal: login,
      sender: secret,
      kwargs: { password: secret },
      results: [{ status: 'fulfilled', value: secret, receiver }],
    });
    const keys = ['kind', 'origin', 'signalName', 'managerName', 'receivers', 'peers', 'trace'];
    expect(Object.keys(last?.send ?? {})).toEqual(keys);
    expect(Object.keys(last ?? {})).toEqual(['signalName', 'receiverName']);
  });
});
