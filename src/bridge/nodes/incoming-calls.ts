import { ReceiverTimeoutError } from '../../signals/errors.js';
import type { FarAttachment, FarDelivery } from '../../far/index.js';
import { Timer } from '../../internal/timer.js';
import type { SendResult } from '../../contract/signals.js';
import type { BridgeLog } from '../wire/bridge-log.js';
import {
  type CallContent,
  decodeContent,
  decodeRefusal,
  encodeRefusal,
  encodeResults,
  fits,
  mostBytesOf,
} from '../wire/content.js';
import { deliveryOfFields } from '../wire/option-fields.js';
import type { CallBody, Message } from '../wire/envelope.js';
import { PayloadError } from '../errors.js';
import type { IncomingCall, RemoteNode } from './node-table.js';
import type { Publisher } from '../wire/publisher.js';
import type { PendingWork } from '../../internal/pending-work.js';

/** How many calls of one node may be pending here. More are refused. */
const MOST_IN_HAND = 10_000;
/** How many emits of one node may have running receivers here. More are dropped. */
const MOST_EMITS = 100_000;

/** A signal that other nodes may call. */
export interface Callable {
  readonly attachment: FarAttachment;
  /** Calls `deliver` with the kwargs for the receivers, for the calls of one node in the order of their arrival. */
  inOrder(peer: RemoteNode, kwargs: object, deliver: (kwargs: object) => void, refuse: (error: unknown) => void): void;
}

/** The signals that other nodes may call. */
export interface CallableSignals {
  callable(signal: string, toAll: boolean, peer: RemoteNode): Callable | undefined;
  /** Whether this node has shared the signal, so that calls of it may still be on their way. */
  wasShared(signal: string): boolean;
}

export interface IncomingCallsParts {
  readonly post: Publisher;
  readonly log: BridgeLog;
  readonly underWay: PendingWork;
  /** Emits are counted apart, because no sender waits for them or gives them up. */
  readonly emits: PendingWork;
  readonly maxBytes: number;
  /** The time limit for the `go` of a caller. */
  readonly timeoutMs: number;
}

/** Reports a failure of a receiver or node, with the sender of its call, unless the call expects it. */
type Report = (error: unknown, name: string) => void;

/** The calls of other nodes that are delivered here. */
export class IncomingCalls {
  readonly #parts: IncomingCallsParts;
  readonly #shares: CallableSignals;
  /** For the results of a call. */
  readonly #mostBytes: number;
  /** How many calls have arrived. */
  received = 0;

  constructor(parts: IncomingCallsParts, shares: CallableSignals) {
    this.#parts = parts;
    this.#shares = shares;
    this.#mostBytes = mostBytesOf(parts.maxBytes);
  }

  receive(message: Message, payload: string, peer: RemoteNode): void {
    switch (message.type) {
      case 'call':
        this.#call(message, payload, peer);
        break;
      case 'abort':
        this.#abort(peer.deliveries.get(message.id), payload, peer);
        break;
      case 'go':
        peer.deliveries.get(message.id)?.go?.(message.stop);
        break;
      case 'ping': {
        const unknown = message.calls.filter((id) => !peer.deliveries.has(id));
        void this.#parts.post.to(peer, { type: 'pong', unknown });
        break;
      }
      default:
    }
  }

  /** Gives up the calls of a lost node. Serial sends that wait for its `go` stop. */
  lost(peer: RemoteNode): void {
    for (const { go, end } of [...peer.deliveries.values()]) {
      go?.(true);
      end();
    }
  }

  #abort(delivery: IncomingCall | undefined, payload: string, peer: RemoteNode): void {
    if (delivery === undefined) return;
    delivery.controller?.abort(this.#reasonOf(payload, peer));
    delivery.go?.(true);
    delivery.end();
  }

  #reasonOf(payload: string, peer: RemoteNode): unknown {
    try {
      return payload === '' ? undefined : decodeRefusal(payload);
    } catch (cause) {
      this.#parts.log.badInput('a reason that is no structured data', peer, cause);
      return undefined;
    }
  }

  #call(call: CallBody, payload: string, peer: RemoteNode): void {
    const { log } = this.#parts;
    const toAll = call.toAll === true;
    this.received += 1;
    if (!peer.seenCalls.add(call.id)) {
      log.badInput('a call that was here before', peer);
      return;
    }
    const shared = this.#shares.callable(call.signal, toAll, peer);
    if (shared === undefined) {
      // Not a protocol error: the sender may not know yet that this node has stopped sharing.
      if (!toAll && !this.#shares.wasShared(call.signal))
        log.badInput('a call of a signal that is not shared here', peer);
      if (call.kind !== 'emit') void this.#parts.post.to(peer, { type: 'answer', id: call.id });
      return;
    }
    if (peer.deliveries.size >= MOST_IN_HAND || peer.emits >= MOST_EMITS) {
      log.badInput('more calls in hand than a node may have', peer);
      this.#refuse(call, peer, new PayloadError(`Node "${peer.from}" has too many pending calls`));
      return;
    }
    const content = this.#contentOf(call, payload, peer);
    if (content === undefined) return;
    const delivery = this.#track(call, peer);
    const refuse = (error: unknown): void => {
      try {
        log.badInput('kwargs that are refused', peer, error);
        this.#refuse(call, peer, error);
      } finally {
        delivery.end();
      }
    };
    const deliver = (kwargs: object): void => {
      // A schema may take longer than its caller waits.
      if (call.kind !== 'emit' && peer.deliveries.get(call.id) !== delivery) return;
      void this.#deliver(call, kwargs, content, peer, shared, delivery).finally(delivery.end);
    };
    shared.inOrder(peer, content.kwargs, deliver, refuse);
  }

  #contentOf(call: CallBody, payload: string, peer: RemoteNode): CallContent | undefined {
    try {
      return decodeContent(payload);
    } catch (cause) {
      const refused = cause instanceof PayloadError;
      const error = refused ? cause : new PayloadError(`The kwargs of signal "${call.signal}" are not structured data`);
      this.#parts.log.badInput(
        refused ? 'symbols that are refused' : 'kwargs that are no structured data',
        peer,
        cause,
      );
      this.#refuse(call, peer, error);
      return undefined;
    }
  }

  /** Counts a call as pending until its `end`. */
  #track(call: CallBody, peer: RemoteNode): IncomingCall {
    const { underWay, emits } = this.#parts;
    if (call.kind === 'emit') {
      peer.emits += 1;
      emits.begin();
      const endEmit = (): void => {
        peer.emits -= 1;
        emits.end();
      };
      return { controller: undefined, go: undefined, end: endEmit };
    }
    underWay.begin();
    const end = (): void => {
      if (peer.deliveries.get(call.id) !== delivery) return;
      peer.deliveries.delete(call.id);
      underWay.end();
    };
    const delivery: IncomingCall = {
      controller: call.abortable === true ? new AbortController() : undefined,
      go: undefined,
      end,
    };
    peer.deliveries.set(call.id, delivery);
    return delivery;
  }

  async #deliver(
    call: CallBody,
    kwargs: object,
    content: CallContent,
    peer: RemoteNode,
    { attachment }: Callable,
    entry: IncomingCall,
  ): Promise<void> {
    const delivery = deliveryOf(call, kwargs, content, entry);
    const report: Report = (error, name) => attachment.report(error, name, delivery);
    try {
      if (call.kind === 'serial') {
        await attachment.deliverSerially(delivery, (result) => this.#pass(call, peer, report, entry, result));
        if (peer.deliveries.get(call.id) === entry) this.#answer(call, peer, report, []);
      } else {
        // An emit, too, is pending until its last receiver has settled.
        const results = await attachment.deliver(delivery);
        if (call.kind === 'send') this.#answer(call, peer, report, results);
      }
    } catch (error) {
      if (call.kind === 'emit') report(error, peer.from);
      else this.#refuse(call, peer, error);
    }
  }

  /** Posts one result of a serial send. If the call `asks`, waits for the caller's `go`. */
  #pass(
    call: CallBody,
    peer: RemoteNode,
    report: Report,
    entry: IncomingCall,
    result: SendResult,
  ): boolean | Promise<boolean> {
    // If the call has been given up, its sender needs no more results, and the next node may already be called.
    if (peer.deliveries.get(call.id) !== entry) return true;
    const post = (): void => {
      void this.#parts.post.to(peer, { type: 'result', id: call.id }, this.#lines([result], report));
    };
    if (call.asks !== true) {
      post();
      return false;
    }
    return new Promise((resolve) => {
      const timer = new Timer(this.#parts.timeoutMs, () => {
        const { timeoutMs } = this.#parts;
        this.#refuse(call, peer, new ReceiverTimeoutError(`of node "${peer.from}"`, `"${call.signal}"`, timeoutMs));
        entry.end();
        resolve(true);
      });
      entry.go = (stop) => {
        timer.stop();
        resolve(stop);
      };
      post(); // last, because an engine may deliver the `go` at once
    });
  }

  #answer(call: CallBody, peer: RemoteNode, report: Report, results: readonly SendResult[]): void {
    const lines = this.#lines(results, report);
    if (fits(lines, this.#mostBytes)) void this.#parts.post.to(peer, { type: 'answer', id: call.id }, lines);
    else this.#refuse(call, peer, new PayloadError(`${results.length} results are too many for one message`));
  }

  #lines(results: readonly SendResult[], report: Report): string {
    return encodeResults(results, this.#mostBytes, report);
  }

  #refuse(call: CallBody, peer: RemoteNode, error: unknown): void {
    if (call.kind === 'emit') return;
    void this.#parts.post.to(peer, { type: 'refusal', id: call.id }, encodeRefusal(error, this.#mostBytes));
  }
}

/** Copies only the fields that the call has; most have only kwargs. */
function deliveryOf(call: CallBody, kwargs: object, { senders, keys }: CallContent, entry: IncomingCall): FarDelivery {
  const delivery = deliveryOfFields(kwargs, call);
  if (senders.length > 0) delivery.senders = senders;
  if (keys.length > 0) delivery.keys = keys;
  if (entry.controller !== undefined) delivery.abortSignal = entry.controller.signal;
  if (call.kind === 'emit') delivery.kind = 'emit'; // delivered like a send
  if (call.traceparent !== undefined) delivery.trace = { traceparent: call.traceparent, tracestate: call.tracestate };
  return delivery;
}
