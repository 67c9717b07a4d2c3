import { describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { ManagerClosedError, RECEIVER_CONNECTED, Signal, SignalManager } from '../../src/index.js';
import { ThreadHub, joinThreads } from '../../src/threads/index.js';
import { joinAs } from '../../src/threads/thread-link.js';
import { errorOf, rejectionOf } from '../helpers/promises.js';

const manager = new SignalManager();
const ping = manager.signal('ping');

const refused: [what: string, args: unknown[], message: RegExp][] = [
  ['no manager', [undefined, { signals: [] }], /`manager` to be a SignalManager, got undefined/],
  ['another object', [{}, { signals: [] }], /`manager` to be a SignalManager, got object/],
  ['no options', [manager], /`options` to be an object, got undefined/],
  ['an unknown option', [manager, { signals: [], timeout: 1 }], /Unknown option `timeout`/],
  ['no signals', [manager, {}], /`signals` to be an array of signals, got undefined/],
  ['a signal without a name', [manager, { signals: [new Signal({ manager })] }], /`signals` to be signals with names/],
  ['a symbol', [manager, { signals: [Symbol('ping')] }], /`signals` to be signals with names, .*, got Symbol\(ping\)/],
  [
    'a meta signal',
    [manager, { signals: [RECEIVER_CONNECTED] }],
    /`signals` to be signals with names, none of them a meta/,
  ],
  [
    'a name twice',
    [manager, { signals: [ping, new Signal({ name: 'ping', manager })] }],
    /different names, got "ping" twice/,
  ],
  [
    'a signal of another manager',
    [manager, { signals: [new SignalManager().signal('ping')] }],
    /"ping" of another one/,
  ],
  ['an empty name', [manager, { signals: [], name: '' }], /`name` to be a non-empty string/],
  ['a negative time', [manager, { signals: [], timeoutMs: -1 }], /`timeoutMs`/],
  ['half an emit', [manager, { signals: [], maxQueued: 0.5 }], /`maxQueued`/],
];

describe('bad input', () => {
  it.each(refused)('%s is refused by ThreadHub and joinThreads', async (_what, args, message) => {
    const [given, options] = args as ConstructorParameters<typeof ThreadHub>;
    const errors = [
      errorOf(() => new ThreadHub(given, options)),
      await rejectionOf(joinAs(1, given, options)),
      await rejectionOf(joinThreads(given, options)), // in the main thread
    ];
    for (const error of errors) {
      expect(['TypeError', 'RangeError']).toContain((error as Error).name);
      expect((error as Error).message).toMatch(message);
    }
    expect(ping.hasReceivers()).toBe(false);
  });

  it('is refused by attach', async () => {
    const hub = new ThreadHub(manager, { signals: [ping] });
    const worker = Object.assign(new EventEmitter(), { threadId: 7 });
    const attached: [unknown, unknown, RegExp][] = [
      [undefined, undefined, /`worker` to be a Worker of node:worker_threads, got undefined/],
      [{ threadId: 7 }, undefined, /`worker`/],
      [worker, { name: '' }, /`name`/],
      [worker, { nam: 'x' }, /Unknown option `nam` of attach/],
    ];
    for (const [given, options, message] of attached) {
      const error = await rejectionOf(hub.attach(given as typeof worker, options as object));
      expect((error as Error).message).toMatch(message);
    }
    await hub[Symbol.asyncDispose]();
  });

  it('is refused when the manager is closed', async () => {
    const closed = new SignalManager();
    const signal = closed.signal('ping');
    await closed.close();
    for (const signals of [[signal], []]) {
      const options = { signals, timeoutMs: Infinity };
      expect(errorOf(() => new ThreadHub(closed, options))).toBeInstanceOf(ManagerClosedError);
      expect(await rejectionOf(joinAs(1, closed, options))).toBeInstanceOf(ManagerClosedError);
      expect(await rejectionOf(joinThreads(closed, options))).toBeInstanceOf(ManagerClosedError);
    }
  });
});
