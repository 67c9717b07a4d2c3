import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { AsyncReceiverError, type SendResult, SignalManager } from '../src/index.js';
import { deferred, errorOf, flush, rejectionOf } from './helpers/promises.js';
import { callList, fulfilled, rejected } from './helpers/results.js';

const signal = Symbol('request scheduled');
const failure = new Error('receiver failed');

afterEach(async () => {
  // An unhandled rejection fails the test that is running.
  await flush();
});

describe('SignalManager#sendSerial', () => {
  it('awaits each receiver before the next is called', async () => {
    const manager = new SignalManager();
    const log: string[] = [];
    const gates = [deferred(), deferred()] as const;
    manager.connect(async () => {
      log.push('a starts');
      await gates[0].promise;
      log.push('a ends');
    }, signal);
    manager.connect(() => void log.push('b'), signal);
    manager.connect(async () => {
      log.push('c starts');
      await gates[1].promise;
      log.push('c ends');
    }, signal);
    manager.connect(() => void log.push('d'), signal);
    const sent = manager.sendSerial(signal);
    gates[1].resolve();
    await flush();
    expect(log).toEqual(['a starts']);
    gates[0].resolve();
    expect(await sent).toHaveLength(4);
    expect(log).toEqual(['a starts', 'a ends', 'b', 'c starts', 'c ends', 'd']);
  });

  it('has one result per receiver; a failure changes nothing for those behind it', async () => {
    const manager = new SignalManager({ onError: null });
    const receivers = [
      async () => 1,
      () => Promise.reject(failure),
      () => {
        throw failure;
      },
      () => 4,
    ] as const;
    for (const receiver of receivers) manager.connect(receiver, signal);
    expect(await manager.sendSerial(signal)).toEqual([
      fulfilled(receivers[0], 1),
      rejected(receivers[1], failure),
      rejected(receivers[2], failure),
      fulfilled(receivers[3], 4),
    ]);
  });

  it('resolves with no results when nobody is connected', async () => {
    expect(await new SignalManager().sendSerial(signal)).toEqual([]);
  });

  it('counts in pending until its last receiver is done', async () => {
    const manager = new SignalManager();
    const gate = deferred();
    manager.connect(async () => 1, signal);
    manager.connect(() => gate.promise, signal);
    const sent = manager.sendSerial(signal);
    expect(manager.pending).toBe(1);
    await flush();
    expect(manager.pending).toBe(1);
    gate.resolve();
    await sent;
    expect(manager.pending).toBe(0);
  });

  it('two of them at once do not wait for each other', async () => {
    const manager = new SignalManager();
    const gates = new Map([
      ['a', deferred()],
      ['b', deferred()],
    ]);
    const log: string[] = [];
    manager.connect(({ name }: { name: string }) => gates.get(name)?.promise, signal);
    manager.connect(({ name }: { name: string }) => void log.push(name), signal);
    const sends = ['a', 'b'].map((name) => manager.sendSerial(signal, { name }));
    gates.get('b')?.resolve();
    await flush();
    expect(log).toEqual(['b']);
    gates.get('a')?.resolve();
    await Promise.all(sends);
    expect(log).toEqual(['b', 'a']);
  });
});

describe('SignalManager#sendSync', () => {
  it('calls all receivers and returns their results at once', () => {
    const manager = new SignalManager({ onError: null });
    const { calls, receiver } = callList();
    const [a, b] = [receiver('a'), receiver('b')];
    const throws = () => {
      throw failure;
    };
    for (const each of [a, throws, b]) manager.connect(each, signal);
    expect(manager.sendSync(signal)).toEqual([fulfilled(a, 'a'), rejected(throws, failure), fulfilled(b, 'b')]);
    expect(calls).toEqual(['a', 'b']);
    expect(manager.pending).toBe(0);
  });

  it('returns no results when nobody is connected', () => {
    expect(new SignalManager().sendSync(signal)).toEqual([]);
  });

  it('reports a receiver that returns a promise as rejected with AsyncReceiverError, and calls the next', () => {
    const manager = new SignalManager({ onError: null });
    const after = () => 'after';
    const late = async () => 'late';
    manager.connect(late, signal);
    manager.connect(after, signal);
    const results = manager.sendSync(signal);
    expect(results).toEqual([rejected(late, expect.any(AsyncReceiverError)), fulfilled(after, 'after')]);
    expect(results[0]).toMatchObject({ reason: { name: 'AsyncReceiverError', code: 'ERR_ASYNC_RECEIVER' } });
  });
});

type Until = (result: SendResult) => boolean;
const verbs: [verb: string, send: (manager: SignalManager, options: { until: Until; reverse?: boolean }) => unknown][] =
  [
    ['sendSerial', (manager, options) => manager.sendSerial(signal, {}, options)],
    ['sendSync', (manager, options) => manager.sendSync(signal, {}, options)],
  ];

describe.each(verbs)('until of %s', (_verb, send) => {
  it('stops after the first result for which it is true', async () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    const [a, b, c] = [receiver('a'), receiver('b'), receiver('c')];
    for (const each of [a, b, c]) manager.connect(each, signal);
    const until = jest.fn<Until>((result) => result.status === 'fulfilled' && result.value === 'b');
    expect(await send(manager, { until })).toEqual([fulfilled(a, 'a'), fulfilled(b, 'b')]);
    expect(calls).toEqual(['a', 'b']);
    expect(until.mock.calls.map(([result]) => result)).toEqual([fulfilled(a, 'a'), fulfilled(b, 'b')]);
    expect(manager.pending).toBe(0);
  });

  it('sees rejected results, too', async () => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const vetoes = () => {
      throw failure;
    };
    const after = jest.fn();
    manager.connect(vetoes, signal);
    manager.connect(after, signal);
    expect(await send(manager, { until: ({ status }) => status === 'rejected' })).toEqual([rejected(vetoes, failure)]);
    expect(after).not.toHaveBeenCalled();
    expect(onError).toHaveBeenCalledTimes(1);
  });

  it('that is never true calls everybody', async () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    for (const name of ['a', 'b']) manager.connect(receiver(name), signal);
    expect(await send(manager, { until: () => false })).toHaveLength(2);
    expect(calls).toEqual(['a', 'b']);
  });

  it('goes the other way round with reverse', async () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    for (const name of ['a', 'b', 'c']) manager.connect(receiver(name), signal);
    await send(manager, { reverse: true, until: (result) => result.status === 'fulfilled' && result.value === 'b' });
    expect(calls).toEqual(['c', 'b']);
  });

  it('leaves a once receiver behind it unused (R15)', async () => {
    const manager = new SignalManager();
    const once = jest.fn();
    manager.connect(() => 1, signal);
    const connection = manager.connect(once, signal, { once: true });
    await send(manager, { until: () => true });
    expect(once).not.toHaveBeenCalled();
    expect(connection.connected).toBe(true);
  });

  it('that throws is not lost, calls nobody further and leaves nothing pending', async () => {
    const onError = jest.fn();
    const manager = new SignalManager({ onError });
    const after = jest.fn();
    manager.connect(() => 1, signal);
    manager.connect(after, signal);
    const broken = new Error('until failed');
    const until = () => {
      throw broken;
    };
    const sent = (async () => send(manager, { until }))();
    expect(await rejectionOf(sent)).toBe(broken);
    expect(after).not.toHaveBeenCalled();
    expect(manager.pending).toBe(0);
    await manager.drain();
  });
});

describe('until of sendSerial', () => {
  it('sees what a late receiver resolved with', async () => {
    const manager = new SignalManager();
    const first = async () => 'answer';
    const after = jest.fn();
    manager.connect(first, signal);
    manager.connect(after, signal);
    const until = jest.fn<Until>(() => true);
    expect(await manager.sendSerial(signal, {}, { until })).toEqual([fulfilled(first, 'answer')]);
    expect(until.mock.calls).toEqual([[fulfilled(first, 'answer')]]);
    expect(after).not.toHaveBeenCalled();
  });
});

describe('until of sendSync', () => {
  it('throws out of sendSync what it throws', () => {
    const manager = new SignalManager();
    const broken = new Error('until failed');
    manager.connect(() => 1, signal);
    const until = () => {
      throw broken;
    };
    expect(errorOf(() => manager.sendSync(signal, {}, { until }))).toBe(broken);
  });
});

describe('options of sendSync (R7)', () => {
  it.each([
    ['timeoutMs', { timeoutMs: 10 }],
    ['abortSignal', { abortSignal: new AbortController().signal }],
    ['abortSignal', { abortSignal: AbortSignal.abort() }],
    ['timeout', { key: 'k', timeout: 10 }],
  ])('refuses %s, which it does not know, and calls nobody', (name, options) => {
    const manager = new SignalManager();
    const receiver = jest.fn();
    manager.connect(receiver, signal);
    const known = 'sender, senders, key, keys, expected, reverse, until';
    expect(errorOf(() => manager.sendSync(signal, {}, options as object))).toEqual(
      new TypeError(`Unknown option \`${name}\` of sendSync; expected one of ${known}`),
    );
    expect(receiver).not.toHaveBeenCalled();
  });

  it('takes all others', () => {
    const manager = new SignalManager();
    const receiver = () => 1;
    manager.connect(receiver, signal);
    const options = { senders: ['s'], keys: ['k'], expected: [RangeError], reverse: true, until: () => false };
    expect(manager.sendSync(signal, {}, { sender: 'app', key: 'l', ...options })).toEqual([fulfilled(receiver, 1)]);
  });
});
