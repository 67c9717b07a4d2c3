const FILTER = ['sender', 'senders', 'key', 'keys'] as const;
const EMIT = [...FILTER, 'expected', 'reverse'] as const;
const SEND = [...EMIT, 'timeoutMs', 'abortSignal'] as const;
const DRAIN = ['timeoutMs'] as const;

/** The names of the options of each call of the core. Any other name is a mistake. */
export const OPTION_NAMES = {
  SignalManager: ['name', 'onError'],
  Signal: ['name', 'manager', 'sticky', 'defaults'],
  connect: [...FILTER, 'weak', 'thisArg', 'once', 'priority', 'uid', 'abortSignal'],
  disconnect: [...FILTER, 'thisArg', 'uid'],
  send: SEND,
  sendSerial: [...SEND, 'until'],
  // `sendSync` waits for nothing, so it rejects limits instead of ignoring them.
  sendSync: [...EMIT, 'until'],
  emit: EMIT,
  emitAfter: EMIT,
  wait: [...FILTER, 'where', 'timeoutMs', 'abortSignal'],
  stream: [...FILTER, 'where', 'abortSignal', 'limit', 'overflow'],
  receivers: FILTER,
  hasReceivers: FILTER,
  explain: FILTER,
  drain: DRAIN,
  close: DRAIN,
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type CallWithOptions = keyof typeof OPTION_NAMES;
