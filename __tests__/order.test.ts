import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ANY, type ConnectOptions, SignalManager } from '../src/index.js';
import { deferred, flush } from './helpers/promises.js';
import { callList, fulfilled } from './helpers/results.js';

const signal = Symbol('started');
const filter = { sender: 'app', keys: ['a', 'b'] };

afterEach(() => {
  jest.useRealTimers();
});

/** Receivers of all groups, in connection order, with their priorities: the call order is stated beside them. */
const connected: [name: string, on: typeof ANY | typeof signal, options: ConnectOptions][] = [
  ['plain', signal, {}],
  ['keyed', signal, { key: 'a' }],
  ['late', signal, { priority: -1 }],
  ['any', ANY, {}],
  ['any first', ANY, { priority: 10 }],
  ['by sender', signal, { sender: 'app' }],
  ['keyed first', signal, { key: 'b', priority: 10 }],
  ['any by key', ANY, { key: 'a' }],
  ['between', signal, { priority: 0.5 }],
  ['foreign', signal, { key: 'x', priority: 99 }],
  ['plain again', signal, { priority: 0 }],
  ['last', ANY, { sender: 'app', priority: -1 }],
];
const order = [
  'any first',
  'keyed first',
  'between',
  'plain',
  'keyed',
  'any',
  'by sender',
  'any by key',
  'plain again',
  'late',
  'last',
];

function connectAll(): { manager: SignalManager; calls: string[] } {
  const manager = new SignalManager();
  const { calls, receiver } = callList();
  for (const [name, on, options] of connected) manager.connect(receiver(name), on, options);
  return { manager, calls };
}

describe('the order of the calls (R9)', () => {
  const verbs: [verb: string, send: (manager: SignalManager, options: object) => unknown][] = [
    ['send', (manager, options) => manager.send(signal, {}, { ...filter, ...options })],
    ['send with a timeout', (manager, options) => manager.send(signal, {}, { ...filter, timeoutMs: 9, ...options })],
    [
      'send with an abort signal',
      (manager, options) =>
        manager.send(signal, {}, { ...filter, abortSignal: new AbortController().signal, ...options }),
    ],
    ['sendSerial', (manager, options) => manager.sendSerial(signal, {}, { ...filter, ...options })],
    ['sendSync', (manager, options) => manager.sendSync(signal, {}, { ...filter, ...options })],
    ['emit', (manager, options) => manager.emit(signal, {}, { ...filter, ...options })],
    [
      'emitAfter',
      (manager, options) => {
        manager.emitAfter(5, signal, {}, { ...filter, ...options });
        return jest.advanceTimersByTimeAsync(5);
      },
    ],
  ];

  it.each(verbs)('%s: priority first, then connection, over all groups alike', async (_verb, send) => {
    jest.useFakeTimers();
    const { manager, calls } = connectAll();
    await send(manager, {});
    expect(calls).toEqual(order);
  });

  it.each(verbs)('%s: reverse is the exact mirror', async (_verb, send) => {
    jest.useFakeTimers();
    const { manager, calls } = connectAll();
    await send(manager, { reverse: true });
    expect(calls).toEqual([...order].reverse());
  });

  it('is the order of receivers() and of the results', async () => {
    const { manager } = connectAll();
    const receivers = manager.receivers(signal, filter);
    expect(receivers.map((receiver) => receiver({}, {} as never))).toEqual(order);
    const results = receivers.map((receiver, index) => fulfilled(receiver, order[index]));
    expect(await manager.send(signal, {}, filter)).toEqual(results);
    expect(await manager.sendSerial(signal, {}, filter)).toEqual(results);
    expect(manager.sendSync(signal, {}, filter)).toEqual(results);
    results.reverse();
    expect(await manager.send(signal, {}, { ...filter, reverse: true })).toEqual(results);
    expect(await manager.sendSerial(signal, {}, { ...filter, reverse: true })).toEqual(results);
    expect(manager.sendSync(signal, {}, { ...filter, reverse: true })).toEqual(results);
  });

  it('is that of the filter matched last as of the one matched first: several senders and keys do not reorder', () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    for (const key of ['c', 'a', 'b']) manager.connect(receiver(key), signal, { key });
    manager.connect(receiver('s'), signal, { sender: 's' });
    manager.connect(receiver('c2'), signal, { keys: ['c', 'a'] });
    manager.sendSync(signal, {}, { sender: 's', keys: ['b', 'a', 'c'] });
    expect(calls).toEqual(['c', 'a', 'b', 's', 'c2']);
  });

  it('survives disconnecting from the middle and connecting anew', () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    const receivers = ['a', 'b', 'c', 'd'].map(receiver);
    const connections = receivers.map((each, index) => manager.connect(each, signal, { priority: index % 2 }));
    connections[1]?.disconnect();
    connections[2]?.disconnect();
    for (const each of receivers.slice(1, 3)) manager.connect(each, signal, { priority: 1 });
    manager.sendSync(signal);
    expect(calls).toEqual(['d', 'b', 'c', 'a']);
  });
});

describe('the order of the results (R9)', () => {
  it.each([{}, { timeoutMs: 1000 }, { abortSignal: new AbortController().signal }])(
    'is that of the calls, whatever finishes first: send with %p',
    async (options) => {
      const manager = new SignalManager();
      const answers = [deferred<number>(), deferred<number>(), deferred<number>()] as const;
      const receivers = [
        () => answers[0].promise,
        () => 'at once',
        () => answers[1].promise,
        () => answers[2].promise,
      ] as const;
      for (const receiver of receivers) manager.connect(receiver, signal);
      const sent = manager.send(signal, {}, options);
      answers[2].resolve(3);
      await flush();
      answers[0].resolve(1);
      await flush();
      answers[1].resolve(2);
      expect(await sent).toEqual([
        fulfilled(receivers[0], 1),
        fulfilled(receivers[1], 'at once'),
        fulfilled(receivers[2], 2),
        fulfilled(receivers[3], 3),
      ]);
    },
  );
});
