const FILTER = ['sender', 'senders', 'key', 'keys'] as const;
const DRAIN = ['timeoutMs'] as const;

/** The names of the options of each call that does not send. Any other name is a mistake. (Of sends: `send/options.ts`.) */
export const OPTION_NAMES = {
  SignalManager: ['name', 'onError'],
  Signal: ['name', 'manager', 'sticky', 'defaults'],
  connect: [...FILTER, 'weak', 'thisArg', 'once', 'priority', 'uid', 'abortSignal'],
  disconnect: [...FILTER, 'thisArg', 'uid'],
  wait: [...FILTER, 'where', 'timeoutMs', 'abortSignal', 'rejectOn'],
  stream: [...FILTER, 'where', 'abortSignal', 'limit', 'overflow'],
  receivers: FILTER,
  hasReceivers: FILTER,
  explain: FILTER,
  drain: DRAIN,
  close: DRAIN,
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type CallWithOptions = keyof typeof OPTION_NAMES;
