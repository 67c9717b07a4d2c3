/** Each option of the sending verbs alone: with every verb, for receivers in the same manager, thread and node, and in others. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { type SerialOptions, type Signal, SignalManager } from '../src/index.js';
import { attachFar } from '../src/far/index.js';
import { SEND_OPTIONS, onlyCommon } from '../src/send/options.js';
import { ThreadHub } from '../src/threads/index.js';
import { joinAs } from '../src/threads/thread-link.js';
import { Elsewhere } from './helpers/elsewhere.js';
import { Nodes } from './helpers/nodes.js';
import { eventually } from './threads/threads.js';

type Options = SerialOptions<unknown>;
type Name = keyof typeof SEND_OPTIONS;

/** What the receivers of one send see. */
interface Seen {
  readonly called: readonly string[];
  readonly senders: readonly unknown[];
  readonly keys: readonly unknown[];
  readonly abortable: boolean;
  /** What `onError` of their manager gets. */
  readonly reported: readonly string[];
}

const PLAIN: Seen = {
  called: ['open', 'failing'],
  senders: [],
  keys: [],
  abortable: false,
  reported: ['RangeError: no'],
};
const FILTERED = ['open', 'filtered', 'failing'];

/** A value of each option, and what it changes. */
const rows = {
  sender: [{ sender: 's' }, { called: FILTERED, senders: ['s'] }],
  senders: [{ senders: ['s', 't'] }, { called: FILTERED, senders: ['s', 't'] }],
  key: [{ key: 'k' }, { called: FILTERED, keys: ['k'] }],
  keys: [{ keys: ['k', 'l'] }, { called: FILTERED, keys: ['k', 'l'] }],
  expected: [{ expected: [RangeError] }, { reported: [] }],
  reverse: [{ reverse: true }, { called: ['failing', 'open'] }],
  timeoutMs: [{ timeoutMs: 60_000 }, { abortable: true }],
  abortSignal: [{ abortSignal: new AbortController().signal }, { abortable: true }],
  until: [{ until: () => true }, { called: ['open'], reported: [] }],
  hurrySignal: [{ hurrySignal: new AbortController().signal }, {}],
} satisfies Record<Name, readonly [Options, Partial<Seen>]>;

const table = Object.entries<readonly [Options, Partial<Seen>]>(rows).map(([name, [options, seen]]) => {
  return { name: name as Name, options: options, expected: { ...PLAIN, ...seen } };
});

type Send = (signal: Signal<Record<string, unknown>>, options?: Options) => unknown;

const verbs: readonly (readonly [verb: string, send: Send])[] = [
  ['emit', (signal, options) => signal.emit({}, options)],
  ['emitAfter', (signal, options) => void signal.emitAfter(0, {}, options)],
  ['send', (signal, options) => signal.send({}, options)],
  ['sendSerial', (signal, options) => signal.sendSerial({}, options)],
  ['sendSync', (signal, options) => signal.sendSync({}, options)],
];
const LIMITED = ['send', 'sendSerial'];
const STEPWISE = ['sendSerial', 'sendSync'];

function takes(verb: string, name: Name): boolean {
  switch (SEND_OPTIONS[name].takenBy) {
    case 'all':
      return true;
    case 'waiting':
      return LIMITED.includes(verb);
    case 'serial':
      return STEPWISE.includes(verb);
    case 'waiting in between':
      return verb === 'sendSerial';
  }
}

/** The end of a send where its receivers are. */
class Audience {
  readonly errors: string[] = [];
  #seen: Omit<Seen, 'reported'> = { called: [], senders: [], keys: [], abortable: false };

  get seen(): Seen {
    return { ...this.#seen, reported: [...this.errors] };
  }

  connect(signal: Signal<Record<string, unknown>>): void {
    const note =
      (name: string, error?: Error): Parameters<typeof signal.connect>[0] =>
      (_kwargs, { senders, keys, abortSignal }) => {
        const called = [...this.#seen.called, name];
        this.#seen = { called, senders: [...senders], keys: [...keys], abortable: abortSignal !== undefined };
        if (error !== undefined) throw error;
      };
    signal.connect(note('open'));
    signal.connect(note('filtered'), { sender: 's', key: 'k' });
    signal.connect(note('failing', new RangeError('no')));
    signal.connect(() => () => 1, { key: 'function' });
  }
}

interface Ends {
  readonly signal: Signal<Record<string, unknown>>;
  readonly audience: Audience;
}

const closing: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of closing.splice(0)) await each.close();
});

const signalOf = (manager: SignalManager): Signal<Record<string, unknown>> => manager.signal('x');

function here(): Promise<Ends> {
  const audience = new Audience();
  const manager = new SignalManager({ onError: (error) => audience.errors.push(String(error)) });
  audience.connect(signalOf(manager));
  return Promise.resolve({ signal: signalOf(manager), audience });
}

let lastThread = 2_000_000;

/** A hub and a link in one thread. */
async function overThreads(): Promise<Ends> {
  const audience = new Audience();
  const sender = new SignalManager({ onError: null });
  const receiver = new SignalManager({ onError: (error) => audience.errors.push(String(error)) });
  audience.connect(signalOf(receiver));
  const worker = Object.assign(new EventEmitter(), { threadId: (lastThread += 1) });
  const hub = new ThreadHub(sender, { signals: [signalOf(sender)] });
  const joined = joinAs(worker.threadId, receiver, { signals: [signalOf(receiver)] });
  await hub.attach(worker);
  closing.push(await joined, hub);
  return { signal: signalOf(sender), audience };
}

async function overBridge(): Promise<Ends> {
  const nodes = new Nodes();
  closing.push(nodes);
  const audience = new Audience();
  const [sender, receiver] = [await nodes.add('a'), await nodes.add('b')];
  audience.connect(receiver.x);
  Object.defineProperty(audience, 'errors', {
    get: () => receiver.errors.map(String),
  });
  await Promise.all([sender, receiver].map(({ bridge }) => bridge.ready({ nodes: 2 })));
  await eventually(() => expect(sender.manager.hasReceivers(sender.x)).toBe(true));
  return { signal: sender.x, audience };
}

const ways = [
  { way: 'here', make: here },
  { way: 'over threads', make: overThreads },
  { way: 'over a bridge', make: overBridge },
];

/** `sendSync` calls local receivers only (T7). */
const cases = ways.flatMap(({ way, make }) => {
  return verbs
    .filter(([verb]) => way === 'here' || verb !== 'sendSync')
    .map(([verb, send]) => ({ way, make, verb, send }));
});

describe.each(cases)('$verb $way', ({ make, verb, send }) => {
  it('calls the receivers without any option', async () => {
    const { signal, audience } = await make();
    await send(signal);
    await eventually(() => expect(audience.seen).toEqual(PLAIN));
  });

  it.each(table.filter(({ name }) => takes(verb, name)))('takes `$name` alone', async ({ options, expected }) => {
    const { signal, audience } = await make();
    await send(signal, options);
    await eventually(() => expect(audience.seen).toEqual(expected));
  });
});

const crossing = cases.filter(({ way, verb }) => way !== 'here' && LIMITED.includes(verb));

describe.each(crossing)('a result of $verb $way that cannot cross', ({ make, send }) => {
  it('is reported to the manager of its receiver unless the send expects it (R14)', async () => {
    const { signal, audience } = await make();
    await send(signal, { key: 'function', expected: [Error] });
    expect(audience.errors).toEqual([]);
    await send(signal, { key: 'function', expected: [RangeError] });
    expect(audience.errors).toEqual([expect.stringMatching(/^(DataCloneError|PayloadError): /)]);
  });
});

const unknown = cases.flatMap((each) =>
  table.filter(({ name }) => !takes(each.verb, name)).map((row) => ({ ...each, ...row })),
);

it.each(unknown)('$verb $way does not know `$name`', async ({ make, verb, send, name, options }) => {
  const { signal, audience } = await make();
  const error = `Unknown option \`${name}\` of ${verb}; expected one of sender, senders, key, keys, expected, reverse`;
  await expect(Promise.resolve().then(() => send(signal, options))).rejects.toThrow(error);
  expect(audience.seen.called).toEqual([]);
});

describe('the table of send options', () => {
  it.each(table)('`$name` is common only if the fast path reads it', ({ name, options }) => {
    expect(onlyCommon(options)).toBe(SEND_OPTIONS[name].common);
  });

  it.each<[string, object | null]>([
    ['null', null],
    ['a name that is no option', { key: 'k', timeout: 5 }],
    ['an uncommon option that is undefined', { key: 'k', reverse: undefined }],
  ])('%s is not common', (_what, options) => {
    expect(onlyCommon(options)).toBe(false);
  });

  it('a common option with another is not common', () => {
    for (const { options } of table) {
      expect(onlyCommon({ sender: 1, ...options })).toBe(onlyCommon(options));
    }
  });

  it.each(table)('`$name` crosses in the field that its row names', async ({ name, options }) => {
    const manager = new SignalManager();
    const signal = signalOf(manager);
    const far = new Elsewhere();
    attachFar(manager, signal, far);
    far.silent = true;
    for (const each of [{}, options]) await signal.sendSerial({}, each);
    const [before, after] = far.prepared.map((send) => new Map(Object.entries(send)));
    const changed = [...(after ?? [])].filter(([field, value]) => !isDeepStrictEqual(value, before?.get(field)));
    const { crosses } = SEND_OPTIONS[name];
    expect(changed.map(([field]) => field)).toEqual(crosses === undefined ? [] : [crosses]);
  });
});
