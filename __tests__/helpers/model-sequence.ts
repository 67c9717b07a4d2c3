import fc from 'fast-check';
import { ANY, type ConnectOptions, type DisconnectOptions, type Filter, type SendResult } from '../../src/index.js';

const RECEIVERS = 6;

/** What a sequence uses as a signal; `foreign` ones are Signals of the other manager. */
export type Kind = 'symbol' | 'object' | 'signal' | 'sticky' | 'defaults' | 'foreign' | 'foreign sticky';
export type SignalName = 'first' | 'second' | 'ANY' | 'RECEIVER_CONNECTED';

export interface Sent {
  readonly do: 'send' | 'sendSerial' | 'sendSync' | 'emit';
  readonly manager: number;
  readonly signal: SignalName;
  readonly options: Filter & { readonly reverse?: boolean };
  readonly until?: SendResult['status'] | undefined;
  /** With an abort signal, which is not aborted: a send that has one is dispatched in another way. */
  readonly abortable?: boolean | undefined;
}

export interface Connected {
  readonly do: 'connect';
  readonly manager: number;
  readonly signal: SignalName;
  readonly receiver: number;
  readonly options: ConnectOptions;
  /** Which abort signal ends it. */
  readonly tie?: number | undefined;
}

export interface Disconnected {
  readonly do: 'disconnect';
  readonly manager: number;
  readonly receiver: number;
  /** Left out: from all of them, whatever the options. */
  readonly signal?: SignalName | undefined;
  readonly options: DisconnectOptions;
}

interface Asked {
  readonly do: 'ask';
  readonly manager: number;
  readonly signal: SignalName;
  readonly options: Filter;
}

/** A stream, whose `where` does what a receiver does. */
export interface Watched {
  readonly do: 'watch';
  readonly manager: number;
  readonly signal: SignalName;
  readonly receiver: number;
  readonly options: Filter;
}

interface OnAll {
  readonly do: 'disconnectAll' | 'mute';
  readonly manager: number;
  /** Left out: all of them. */
  readonly signal?: SignalName | undefined;
}

/** Something done to what there is at that time; `which` counts it, round and round. */
export interface Acted {
  readonly do: 'undo' | 'dispose' | 'unmute' | 'abort' | 'settle' | 'unwatch';
  readonly which: number;
}

/** One call, as plain data. */
export type Step = Connected | Disconnected | Sent | Asked | Watched | OnAll | Acted;

/** A receiver: what a call of it comes to, and what it does in its first call, in its second, … and from the start. */
export interface Script {
  readonly comesTo: 'value' | 'error' | 'late value' | 'late error';
  readonly calls: readonly (readonly Step[])[];
}

/** A program for two managers. */
export interface Sequence {
  readonly kinds: readonly [first: Kind, second: Kind];
  readonly receivers: readonly Script[];
  /** Whether the meta signals have receivers that write down what they are told. */
  readonly observed: boolean;
  readonly steps: readonly Step[];
}

/** Each arbitrary as often as the number before it says. */
function mix<T>(...parts: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<T>])[]): fc.Arbitrary<T> {
  return fc.oneof(...parts.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

/** Each value as often as the number before it says. Counterexamples shrink to the first. */
function pick<T>(...parts: readonly (readonly [weight: number, value: T])[]): fc.Arbitrary<T> {
  return fc.constantFrom(...parts.flatMap(([weight, value]) => Array<T>(weight).fill(value)));
}

function merged(parts: readonly object[]): object {
  return Object.assign({}, ...parts) as object;
}

// Few values of each kind, so that they meet again; among them those that are easily taken for one another.
const things = [{ name: 'thing 1' }, { name: 'thing 2' }] as const;
const alike = [NaN, 0, -0, null, things[0]];
const keys = ['a', 'a', 'a', 'b', 'b', 1, '1', ...alike];
const senders = ['a', 'a', things[0], ...things, ...alike];
const key = fc.constantFrom<unknown>(...keys, undefined);
const sender = fc.constantFrom<unknown>(...senders, ANY, undefined);
const someKeys = fc.array(fc.constantFrom<NonNullable<unknown> | null>(...keys), { minLength: 1, maxLength: 3 });
const someSenders = fc.array(fc.constantFrom<NonNullable<unknown> | null>(...senders), { minLength: 1, maxLength: 3 });

const filter = mix<Filter>(
  [7, fc.constant({})],
  [5, fc.record({ key })],
  [2, fc.record({ sender })],
  [4, fc.record({ keys: someKeys })],
  [1, fc.record({ senders: someSenders })],
  [3, fc.record({ sender, keys: someKeys })],
  [1, fc.record({ sender, senders: someSenders, key })],
);
/** One send in three reaches nearly everybody. */
const sentTo = mix<Filter>([2, filter], [1, fc.constant({ sender: 'a', keys: ['a', 'b', 1, things[0]] })]);
const identity = pick<DisconnectOptions>(
  [14, {}],
  [2, { thisArg: things[0] }],
  [1, { thisArg: things[1] }],
  [1, { uid: 'uid' }],
  [1, { uid: Symbol('uid') }],
  [1, { uid: 'uid', thisArg: things[1] }],
);
const priority = pick<ConnectOptions>(
  [6, {}],
  [2, { priority: 1 }],
  [1, { priority: -1 }],
  [1, { priority: 0.5 }],
  [1, { priority: Infinity }],
  [1, { priority: -Infinity }],
);
const once = pick<ConnectOptions>([3, {}], [1, { once: false }], [2, { once: true }]);
// Never collected: all that is connected is held here.
const weak = pick<ConnectOptions>([5, {}], [1, { weak: true }]);

const kind = pick<Kind>(
  [2, 'symbol'],
  [1, 'object'],
  [1, 'signal'],
  [3, 'sticky'],
  [1, 'defaults'],
  [1, 'foreign'],
  [1, 'foreign sticky'],
);
const manager = pick([11, 0], [1, 1]);
const receiver = fc.nat(RECEIVERS - 1);
const sendable = pick<SignalName>([3, 'first'], [1, 'second']);
const which = fc.nat(100);

const send = fc.record({
  do: pick<Sent['do']>([2, 'send'], [1, 'sendSerial'], [1, 'sendSync'], [1, 'emit']),
  manager,
  signal: sendable,
  options: fc.tuple(sentTo, pick<Sent['options']>([2, {}], [1, { reverse: true }])).map(merged),
  until: pick<Sent['until']>([3, undefined], [1, 'fulfilled'], [1, 'rejected']),
  abortable: pick([3, false], [1, true]),
});
const ask = fc.record({ do: fc.constant('ask' as const), manager, signal: sendable, options: filter });
const act = (what: Acted['do']): fc.Arbitrary<Acted> => fc.record({ do: fc.constant(what), which });

const connectTo = (signal: fc.Arbitrary<SignalName>): fc.Arbitrary<Connected> =>
  fc.record({
    do: fc.constant('connect' as const),
    manager,
    receiver,
    signal,
    // A plain function without a filter, or with one key, is connected and called in a way of its own.
    options: mix<ConnectOptions>(
      [2, fc.tuple(filter, identity, priority, once, weak).map(merged)],
      [1, pick<ConnectOptions>([2, {}], [1, { key: 'a' }])],
    ),
    tie: pick<number | undefined>([6, undefined], [1, 0], [1, 1]),
  });
const disconnectFrom = (signal: fc.Arbitrary<SignalName>): fc.Arbitrary<Disconnected> =>
  fc.record({
    do: fc.constant('disconnect' as const),
    manager,
    receiver,
    signal: mix<SignalName | undefined>([5, signal], [1, fc.constant(undefined)]),
    options: fc.tuple(filter, identity).map(merged),
  });
const watchOf = (signal: fc.Arbitrary<SignalName>): fc.Arbitrary<Watched> =>
  fc.record({ do: fc.constant('watch' as const), manager, receiver, signal, options: filter });
const onAll = (what: OnAll['do'], signal: fc.Arbitrary<SignalName>): fc.Arbitrary<OnAll> =>
  fc.record({
    do: fc.constant(what),
    manager,
    signal: mix<SignalName | undefined>([5, signal], [1, fc.constant(undefined)]),
  });

function sequenceOf(signal: fc.Arbitrary<SignalName>): fc.Arbitrary<Sequence> {
  const connect = connectTo(signal);
  const anyStep: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<Step>])[] = [
    [10, connect],
    [5, disconnectFrom(signal)],
    [3, act('undo')],
    [1, act('dispose')],
    [1, onAll('disconnectAll', signal)],
    [1, act('abort')],
    [1, watchOf(signal)],
    [1, act('unwatch')],
    [1, ask],
  ];
  const mute = onAll('mute', signal);
  // A receiver cannot wait until promises have settled.
  const nestedStep = mix(...anyStep, [8, send], [4, mute], [2, act('unmute')]);
  // Mutes are short, or else not much would happen.
  const step = mix(...anyStep, [20, send], [1, mute], [6, act('unmute')], [3, act('settle')]);
  const script: fc.Arbitrary<Script> = fc.record({
    comesTo: pick<Script['comesTo']>([3, 'value'], [1, 'error'], [2, 'late value'], [1, 'late error']),
    calls: fc.array(fc.array(nestedStep, { maxLength: 3 }), { maxLength: 3 }),
  });
  return fc.record({
    kinds: fc.tuple(kind, kind),
    receivers: fc.array(script, { minLength: RECEIVERS, maxLength: RECEIVERS }),
    observed: fc.boolean(),
    steps: fc
      .tuple(fc.array(connect, { maxLength: 16, size: 'max' }), fc.array(step, { maxLength: 24, size: 'max' }))
      .map((parts) => parts.flat()),
  });
}

const meta = fc.constant<SignalName>('RECEIVER_CONNECTED');
const any = fc.constant<SignalName>('ANY');

/** Half of them without ANY: where nothing is connected to it, sends have less to do and do it in another way. */
export const sequence = mix(
  [1, sequenceOf(mix([16, sendable], [1, meta]))],
  [1, sequenceOf(mix([12, sendable], [3, any], [1, meta]))],
);
