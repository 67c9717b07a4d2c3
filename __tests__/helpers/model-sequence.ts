import fc from 'fast-check';
import { ANY, type ConnectOptions, type DisconnectOptions, type Filter, type SendResult } from '../../src/index.js';

const RECEIVERS = 4;

export const SIGNALS = ['symbol', 'object', 'signal', 'sticky', 'foreign sticky'] as const;
export type SignalName = (typeof SIGNALS)[number] | 'ANY' | 'RECEIVER_CONNECTED';

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

interface Disconnected {
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

interface OnAll {
  readonly do: 'disconnectAll' | 'mute';
  readonly manager: number;
  /** Left out: all of them. */
  readonly signal?: SignalName | undefined;
}

/** Something done to what there is at that time; `which` counts it, round and round. */
export interface Acted {
  readonly do: 'dispose' | 'unmute' | 'abort' | 'settle';
  readonly which: number;
}

/** One call, as plain data. */
export type Step = Connected | Disconnected | Sent | Asked | OnAll | Acted;

/** A receiver: what a call of it comes to, and what it does in its first call, in its second, … and from the start. */
export interface Script {
  readonly comesTo: 'value' | 'error' | 'late value' | 'late error';
  readonly calls: readonly (readonly Step[])[];
}

export interface Sequence {
  readonly receivers: readonly Script[];
  /** Whether the meta signals have receivers that write down what they are told. */
  readonly observed: boolean;
  readonly steps: readonly Step[];
}

// Few values of each kind, so that they meet again; among them those that are easily taken for another.
const NOBODY = undefined;
const things = [{ name: 'thing 1' }, { name: 'thing 2' }] as const;
const sender = fc.constantFrom<unknown>('a', 'a', ...things, ...things, NaN, 0, -0, null, ANY, NOBODY);
const memberOfSenders = fc.constantFrom<unknown>('a', ...things, NaN, 0, -0, null);
const key = fc.constantFrom<unknown>('a', 'a', 'a', 'b', 'b', NaN, 0, -0, null, 1, '1', things[0], NOBODY);
const memberOfKeys = fc.constantFrom<unknown>('a', 'a', 'b', 'b', 'c', NaN, 0, -0, null, 1, '1', things[0]);
const some = { minLength: 1, maxLength: 3 };

const filter: fc.Arbitrary<Filter> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  { weight: 6, arbitrary: fc.record({ key }) },
  { weight: 3, arbitrary: fc.record({ sender }) },
  { weight: 3, arbitrary: fc.record({ keys: fc.array(memberOfKeys, some) }) },
  { weight: 1, arbitrary: fc.record({ senders: fc.array(memberOfSenders, some) }) },
  { weight: 2, arbitrary: fc.record({ sender, keys: fc.array(memberOfKeys, some) }) },
  { weight: 1, arbitrary: fc.record({ sender, senders: fc.array(memberOfSenders, some), key }) },
);

const identity = fc.constantFrom<Pick<ConnectOptions, 'thisArg' | 'uid'>>(
  ...Array<object>(8).fill({}),
  { thisArg: things[0] },
  { thisArg: things[0] },
  { thisArg: things[1] },
  { uid: 'uid' },
  { uid: Symbol('uid') },
  { uid: 'uid', thisArg: things[1] },
);
const priority = fc.constantFrom<ConnectOptions>(
  ...Array<object>(6).fill({}),
  { priority: 1 },
  { priority: 1 },
  { priority: -1 },
  { priority: 0.5 },
  { priority: Infinity },
  { priority: -Infinity },
);
const once = fc.constantFrom<ConnectOptions>({}, {}, {}, { once: false }, { once: true }, { once: true });
const weak = fc.constantFrom<ConnectOptions>({}, {}, {}, {}, {}, { weak: true }); // held here, so never collected

const merged = (parts: readonly object[]): object => Object.assign({}, ...parts) as object;
const manager = fc.constantFrom(0, 0, 0, 0, 0, 1);
const receiver = fc.nat(RECEIVERS - 1);
const sendable = fc.constantFrom<SignalName>('symbol', 'symbol', 'symbol', 'object', 'signal', 'sticky', 'sticky', 'foreign sticky');
const signal = fc.oneof(
  { weight: 9, arbitrary: sendable },
  { weight: 2, arbitrary: fc.constant<SignalName>('ANY') },
  { weight: 1, arbitrary: fc.constant<SignalName>('RECEIVER_CONNECTED') },
);
const which = fc.nat(100);

const connect = fc.record({
  do: fc.constant('connect' as const),
  manager,
  receiver,
  signal,
  options: fc.tuple(filter, identity, priority, once, weak).map(merged),
  tie: fc.constantFrom(undefined, undefined, undefined, undefined, 0, 1),
});
const disconnect = fc.record({
  do: fc.constant('disconnect' as const),
  manager,
  receiver,
  signal: fc.oneof({ weight: 5, arbitrary: signal }, { weight: 1, arbitrary: fc.constant(undefined) }),
  options: fc.tuple(filter, identity).map(merged),
});
const send = fc.record({
  do: fc.constantFrom('send', 'send', 'sendSerial', 'sendSync', 'emit'),
  manager,
  signal: sendable,
  options: fc.tuple(filter, fc.constantFrom({}, {}, { reverse: true })).map(merged),
  until: fc.constantFrom(undefined, undefined, undefined, 'fulfilled', 'rejected'),
  abortable: fc.constantFrom(false, false, false, true),
});
const ask = fc.record({ do: fc.constant('ask' as const), manager, signal: sendable, options: filter });
const onAll = fc.record({
  do: fc.constantFrom('disconnectAll', 'mute', 'mute', 'mute'),
  manager,
  signal: fc.oneof({ weight: 4, arbitrary: signal }, { weight: 1, arbitrary: fc.constant(undefined) }),
});
const act = (step: Acted['do']): fc.Arbitrary<Acted> => fc.record({ do: fc.constant(step), which });

/** What a receiver may do, too: it cannot wait until promises have settled. */
const nestedStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: connect },
  { weight: 6, arbitrary: send },
  { weight: 4, arbitrary: act('dispose') },
  { weight: 4, arbitrary: disconnect },
  { weight: 3, arbitrary: onAll },
  { weight: 4, arbitrary: act('unmute') },
  { weight: 1, arbitrary: act('abort') },
  { weight: 1, arbitrary: ask },
);
const step = fc.oneof({ weight: 12, arbitrary: nestedStep }, { weight: 1, arbitrary: act('settle') });

const script: fc.Arbitrary<Script> = fc.record({
  comesTo: fc.constantFrom('value', 'value', 'value', 'error', 'late value', 'late value', 'late error'),
  calls: fc.array(fc.array(nestedStep, { maxLength: 2 }), { maxLength: 3 }),
});

/** A program for two managers. */
export const sequence: fc.Arbitrary<Sequence> = fc.record({
  receivers: fc.array(script, { minLength: RECEIVERS, maxLength: RECEIVERS }),
  observed: fc.boolean(),
  steps: fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }),
});
