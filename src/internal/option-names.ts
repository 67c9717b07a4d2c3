import type { EmitOptions, SendOptions } from '../contract/options.js';
import type { SerialOptions, SyncOptions } from '../contract/signals.js';

const FILTER = ['sender', 'senders', 'key', 'keys'] as const;
const DRAIN = ['timeoutMs'] as const;
const EMIT = [...FILTER, 'expected', 'reverse'] as const satisfies readonly (keyof EmitOptions)[];
const SEND = [...EMIT, 'timeoutMs', 'abortSignal'] as const satisfies readonly (keyof SendOptions)[];

/** The names of the options of each call, in the order in which errors list them. Any other name is a mistake. */
export const OPTION_NAMES = {
  SignalManager: ['name', 'onError'],
  Signal: ['name', 'manager', 'sticky', 'defaults'],
  connect: [...FILTER, 'weak', 'thisArg', 'once', 'priority', 'uid', 'abortSignal'],
  disconnect: [...FILTER, 'thisArg', 'uid'],
  emit: EMIT,
  emitAfter: EMIT,
  send: SEND,
  /** It takes the options of all sending verbs. */
  sendSerial: [...SEND, 'until', 'hurrySignal'] satisfies readonly (keyof SerialOptions<unknown>)[],
  // Waits for nothing, so it rejects limits instead of ignoring them.
  sendSync: [...EMIT, 'until'] satisfies readonly (keyof SyncOptions<unknown>)[],
  wait: [...FILTER, 'where', 'timeoutMs', 'abortSignal', 'rejectOn'],
  stream: [...FILTER, 'where', 'abortSignal', 'limit', 'overflow'],
  receivers: FILTER,
  hasReceivers: FILTER,
  explain: FILTER,
  drain: DRAIN,
  close: DRAIN,
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type SendingVerb = 'emit' | 'emitAfter' | 'send' | 'sendSerial' | 'sendSync';
/** The others. */
export type CallWithOptions = Exclude<keyof typeof OPTION_NAMES, SendingVerb>;
