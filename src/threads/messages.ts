import { types } from 'node:util';
import type { EncodedReason } from '../far/encode-reason.js';
import type { EncodedResult } from '../far/encoding.js';
import { isText } from '../internal/plain-data.js';
import { isObject } from '../internal/weak-key-map.js';
import type { TraceParent } from '../contract/signals.js';
import { type SendExtras, type SendLimits, EXTRA_CHECKS } from './send-extras.js';

// The messages between threads. Threads are numbered in joining order; the hub is 0. A message with `to` goes through
// the hub, which passes it on unchanged.

/** The description of a thread for the other threads. */
export interface PeerCard {
  readonly id: number;
  readonly name: string;
  readonly signals: readonly string[];
  /** One byte per signal, written by the thread itself. See `levelOf`. */
  readonly levels: SharedArrayBuffer;
}

/** A worker looks for a hub, on the channel with the number of its thread. */
export interface SeekMessage extends Omit<PeerCard, 'id'> {
  readonly type: 'seek';
  /** The channel on which it waits for its welcome. */
  readonly line: string;
  /**
   * Three integers: the emits that the hub has taken from this worker, the emits that this worker has taken from the
   * hub, and 1 once it has left.
   */
  readonly taken: SharedArrayBuffer;
}
/** A hub is ready: the worker may send `seek` again. */
export interface OfferMessage {
  readonly type: 'offer';
}

/** The first message of the hub on the line. */
export interface WelcomeMessage {
  readonly type: 'welcome';
  readonly id: number;
  readonly name: string;
  readonly peers: readonly PeerCard[];
  /** The number of workers that the hub has admitted. */
  readonly admitted: SharedArrayBuffer;
}
/** News, on a channel of its own. A thread that lags behind the counter reads it before it continues. */
export interface JoinedMessage {
  readonly type: 'joined';
  readonly peer: PeerCard;
}
export interface LeftMessage {
  readonly type: 'left';
  readonly id: number;
}
/** The thread at the other end of the line leaves. */
export interface ByeMessage {
  readonly type: 'bye';
}
/** The worker has read its welcome. */
export interface ReadyMessage {
  readonly type: 'ready';
}
/** A worker asks the hub to admit a worker that it has started. */
export interface LetInMessage {
  readonly type: 'let-in';
  readonly seek: SeekMessage;
}
/** The outcome of a `let-in`. Not ready if the worker has left at once. */
export interface LetInAnswerMessage {
  readonly type: 'let-in-answer';
  readonly line: string;
  readonly ready: boolean;
}
/** A worker that was admitted for this worker has exited. */
export interface GoneMessage {
  readonly type: 'gone';
  readonly line: string;
}

interface Routed {
  readonly to: readonly number[];
  readonly from: number;
}
interface Numbered extends Routed {
  readonly id: number;
}
export interface NewSendMessage extends Numbered, SendLimits {
  readonly type: 'send';
  readonly signal: string;
  readonly kwargs: object;
  /** With 'asking', the thread waits for a `go-on` after each result before it calls the next receiver. */
  readonly kind: 'send' | 'serial' | 'asking';
  readonly rest: SendExtras | undefined;
  readonly trace: TraceParent | undefined;
}
/** One result of a serial send. */
export interface StepMessage extends Numbered {
  readonly type: 'step';
  readonly results: readonly EncodedResult[];
}
export interface GoOnMessage extends Numbered {
  readonly type: 'go-on';
  readonly stop: boolean;
}
/** The results. Empty for a serial send, whose results were sent as steps. */
export interface AnswerMessage extends Numbered {
  readonly type: 'answer';
  readonly results: readonly EncodedResult[];
}
export interface FailedMessage extends Numbered {
  readonly type: 'failed';
  readonly reason: EncodedReason;
}
export interface AbortMessage extends Numbered {
  readonly type: 'abort';
  readonly reason: EncodedReason;
}
export interface ConnectMessage extends Numbered {
  readonly type: 'connect';
  readonly signal: string;
  readonly module: string;
  readonly exportName: string;
  readonly options: object;
}
/** Undoes the `connect` with this number. */
export interface DisconnectMessage extends Numbered {
  readonly type: 'disconnect';
  readonly connect: number;
}
/** The hub could not pass on emits of this signal. */
export interface LostMessage extends Routed {
  readonly type: 'lost';
  readonly signal: string;
  readonly place: string;
  readonly reason: EncodedReason;
}
/** A thread may hear this signal from now on, or no longer. Sent to the threads that follow it. */
export interface HeardMessage extends Routed {
  readonly type: 'heard';
  readonly signal: string;
}
/** A thread asks whether everything is done. See `far/settling`. */
export interface SettleMessage extends Numbered {
  readonly type: 'settle';
  readonly onward: boolean;
}
/** The answer to a `settle`, when everything is done. */
export interface SettledMessage extends Numbered {
  readonly type: 'settled';
  readonly sends: number;
}
export type RoutedMessage =
  | NewSendMessage
  | StepMessage
  | GoOnMessage
  | AnswerMessage
  | FailedMessage
  | AbortMessage
  | ConnectMessage
  | DisconnectMessage
  | LostMessage
  | HeardMessage
  | SettleMessage
  | SettledMessage;

/** Emits of one signal that differ only in their kwargs and traces. */
export interface Run extends Routed {
  readonly signal: string;
  readonly rest: SendExtras | undefined;
  readonly kwargs: readonly object[];
  /** Parallel to `kwargs`; undefined if no emit has a trace. */
  readonly traces: readonly (TraceParent | undefined)[] | undefined;
}
export interface EmitsMessage {
  readonly type: 'emits';
  readonly runs: readonly Run[];
}
/** Emits have been taken. The counter has their number. */
export interface TakenMessage {
  readonly type: 'taken';
}

export type LineMessage =
  | RoutedMessage
  | EmitsMessage
  | TakenMessage
  | WelcomeMessage
  | LeftMessage
  | ByeMessage
  | ReadyMessage
  | LetInMessage
  | LetInAnswerMessage
  | GoneMessage;
export type DoorMessage = SeekMessage | OfferMessage;
type AnyMessage = LineMessage | DoorMessage | JoinedMessage;

type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const isNumber: Check = (value) => typeof value === 'number';
const isFlag: Check = (value) => typeof value === 'boolean';
const isShared: Check = (value) => types.isSharedArrayBuffer(value);
const isCounter: Check = (value) => types.isSharedArrayBuffer(value) && value.byteLength === 4;
const isCounters: Check = (value) => types.isSharedArrayBuffer(value) && value.byteLength === 12;
const arrayOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const anyList: Check = (value) => Array.isArray(value);
const isKind: Check = (value) => value === 'send' || value === 'serial' || value === 'asking';
const isReason: Check = (value) => isObject(value);
// Each trace is checked when it is delivered.
const isTraces: Check = (value) => value === undefined || Array.isArray(value);
const isMilliseconds: Check = (value) => value === undefined || (typeof value === 'number' && value >= 0);
function shaped(shape: Shape): Check {
  const checks = Object.entries(shape);
  return (value) => {
    if (!isObject(value)) return false;
    for (const [name, check] of checks) if (!check(Reflect.get(value, name))) return false;
    return true;
  };
}

const routed = { to: arrayOf(isNumber), from: isNumber };
const numbered = { ...routed, id: isNumber };
const thread = { name: isText, signals: arrayOf(isText), levels: isShared };
const hasLevels: Check = (value) => {
  const { signals, levels } = value as PeerCard;
  return levels.byteLength >= signals.length;
};
const isPeer: Check = (value) => shaped({ ...thread, id: isNumber })(value) && hasLevels(value);
const isRest = shaped(EXTRA_CHECKS);
const limits = { timeoutMs: isMilliseconds, abortable: isFlag } satisfies Record<keyof SendLimits, Check>;
const sent = { signal: isText, rest: (value: unknown) => value === undefined || isRest(value) };
const isSeek: Check = (value) => shaped({ ...thread, line: isText, taken: isCounters })(value) && hasLevels(value);

const shapes: { readonly [T in AnyMessage['type']]: Check } = {
  seek: isSeek,
  offer: shaped({}),
  welcome: shaped({ id: isNumber, name: isText, peers: arrayOf(isPeer), admitted: isCounter }),
  joined: shaped({ peer: isPeer }),
  left: shaped({ id: isNumber }),
  bye: shaped({}),
  'let-in': shaped({ seek: isSeek }),
  'let-in-answer': shaped({ line: isText, ready: isFlag }),
  ready: shaped({}),
  gone: shaped({ line: isText }),
  send: shaped({ ...numbered, ...sent, kwargs: isObject, kind: isKind, ...limits }),
  step: shaped({ ...numbered, results: anyList }),
  'go-on': shaped({ ...numbered, stop: isFlag }),
  answer: shaped({ ...numbered, results: anyList }),
  failed: shaped({ ...numbered, reason: isReason }),
  abort: shaped({ ...numbered, reason: isReason }),
  connect: shaped({ ...numbered, signal: isText, module: isText, exportName: isText, options: isObject }),
  disconnect: shaped({ ...numbered, connect: isNumber }),
  lost: shaped({ ...routed, signal: isText, place: isText, reason: isReason }),
  heard: shaped({ ...routed, signal: isText }),
  settle: shaped({ ...numbered, onward: isFlag }),
  settled: shaped({ ...numbered, sends: isNumber }),
  emits: shaped({ runs: arrayOf(shaped({ ...routed, ...sent, kwargs: arrayOf(isObject), traces: isTraces })) }),
  taken: shaped({}),
};

function isOneOf(message: unknown): message is AnyMessage {
  if (!isObject(message)) return false;
  const { type } = message as { readonly type?: unknown };
  return typeof type === 'string' && Object.hasOwn(shapes, type) && shapes[type as keyof typeof shapes](message);
}

/** Whether a message on a line has the shape of its type. Anything of this process may post there. */
export function isLineMessage(message: unknown): message is LineMessage {
  return isOneOf(message) && message.type !== 'seek' && message.type !== 'offer' && message.type !== 'joined';
}

export function isDoorMessage(message: unknown): message is DoorMessage {
  return isOneOf(message) && (message.type === 'seek' || message.type === 'offer');
}

export function isNews(message: unknown): message is JoinedMessage {
  return isOneOf(message) && message.type === 'joined';
}

export function isRouted(message: LineMessage): message is RoutedMessage {
  return 'to' in message;
}
