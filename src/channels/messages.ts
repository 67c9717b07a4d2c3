import { nameOfReceiver } from '../internal/printing.js';
import type {
  FarResult,
  Receiver,
  SendResult,
  SignalManager,
  SignalToken,
  TraceParent,
  WatchedSend,
} from '../index.js';
import type { ReceiveMessage, SendMessage } from './types.js';

// Only data that is safe to log is in own properties. The rest is behind accessors of the prototype, which neither JSON,
// nor a spread copy, nor `console.log` shows.

export class SentMessage implements SendMessage {
  readonly kind: WatchedSend['kind'];
  readonly origin: WatchedSend['origin'];
  readonly signalName: string;
  readonly managerName: string | undefined;
  readonly receivers: number;
  readonly peers: readonly string[];
  trace: TraceParent | undefined;
  declare readonly error?: unknown;
  readonly #send: WatchedSend;
  readonly #results: (SendResult | FarResult)[] = [];

  constructor(send: WatchedSend) {
    this.kind = send.kind;
    this.origin = send.origin;
    this.signalName = send.signalName;
    this.managerName = send.manager.name;
    this.receivers = send.receivers;
    this.peers = send.peers;
    this.trace = send.trace;
    this.#send = send;
  }

  get signal(): SignalToken {
    return this.#send.signal;
  }

  get manager(): SignalManager {
    return this.#send.manager;
  }

  get kwargs(): object {
    return this.#send.kwargs;
  }

  get sender(): unknown {
    return this.#send.context.sender;
  }

  get results(): readonly (SendResult | FarResult)[] {
    return this.#results;
  }

  add(result: SendResult | FarResult): void {
    this.#results.push(result);
  }
}

export class CallMessage implements ReceiveMessage {
  readonly signalName: string;
  readonly receiverName: string;
  declare readonly error?: unknown;
  declare readonly expected?: boolean;
  readonly #send: SendMessage;
  readonly #receiver: Receiver;
  #result: unknown = undefined;

  constructor(send: SendMessage, receiver: Receiver) {
    this.signalName = send.signalName;
    this.receiverName = nameOfReceiver(receiver);
    this.#send = send;
    this.#receiver = receiver;
  }

  get send(): SendMessage {
    return this.#send;
  }

  get receiver(): Receiver {
    return this.#receiver;
  }

  get result(): unknown {
    return this.#result;
  }

  end(result: unknown): void {
    this.#result = result;
  }
}
