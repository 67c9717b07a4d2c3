import type {
  FarResult,
  Receiver,
  SendResult,
  SignalManager,
  SignalToken,
  TraceParent,
  WatchedSend,
} from '../index.js';

/** The message of a send on the channels of `signalbox:send`: one object, the same in all its events. */
export interface SendMessage {
  /** The verb. `emitAfter`, and `publish` of a bus, count as `emit`. For a remote delivery, the verb of its sender. */
  readonly kind: WatchedSend['kind'];
  /** `remote`: it was sent in another thread or node, and is delivered here. */
  readonly origin: WatchedSend['origin'];
  /** The name of a Signal or function, the description of a symbol, or '(unnamed)'. */
  readonly signalName: string;
  /** The name given to the manager. */
  readonly managerName: string | undefined;
  /** The number of local receivers that the send has chosen, queues of bus subscribers included. */
  readonly receivers: number;
  /** The names of the threads and nodes that the send goes to. Empty for a remote delivery. */
  readonly peers: readonly string[];
  /** The trace that came with a remote delivery. If a `start` subscriber sets it, this trace travels with the send. */
  trace: TraceParent | undefined;
  /** Set before `error` is published: the error of a send that failed itself, such as kwargs that cannot cross. */
  readonly error?: unknown;

  /** The signal that is sent. Not enumerable. */
  readonly signal: SignalToken;
  /** The manager that sends. Not enumerable. */
  readonly manager: SignalManager;
  /** The object that the receivers get. Not enumerable. */
  readonly kwargs: object;
  /** The first sender of the send. Not enumerable. */
  readonly sender: unknown;
  /** The results in the order in which they came in, complete in the last event. Not enumerable. */
  readonly results: readonly (SendResult | FarResult)[];
}

/** The message of one call of a local receiver on the channels of `signalbox:receive`, the same in all its events. */
export interface ReceiveMessage {
  /** As in the message of the send. */
  readonly signalName: string;
  /** The name of the function, or '(anonymous)'. */
  readonly receiverName: string;
  /** Set before `error` is published: what the receiver threw, a ReceiverTimeoutError, or the reason of the abort. */
  readonly error?: unknown;
  /** Set with `error`: whether the send listed the failure in its `expected`. */
  readonly expected?: boolean;

  /** The message of the send that calls the receiver. Not enumerable. */
  readonly send: SendMessage;
  /** The receiver. Not enumerable. */
  readonly receiver: Receiver;
  /** The value of a receiver that has not failed, set before the last event. Not enumerable. */
  readonly result?: unknown;
}
