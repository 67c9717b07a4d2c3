import type { FarAttachment, FarSend } from '../../far/index.js';
import type { Announcements } from './announcements.js';
import type { BridgeCalls } from './calls.js';
import { optionFieldsOf } from '../wire/option-fields.js';
import type { Body as MessageBody } from '../wire/envelope.js';
import { encodeTraced } from '../wire/send-size.js';
import type { RemoteNode } from './node-table.js';
import { type Publisher, carefully } from '../wire/publisher.js';
import type { PendingWork } from '../../internal/pending-work.js';

/** The parts of a bridge that its sends use. */
export interface OutgoingParts {
  /** The time limit for a silent node, if the send has no `timeoutMs`. */
  readonly timeoutMs: number;
  readonly calls: BridgeCalls;
  readonly post: Publisher;
  readonly underWay: PendingWork;
  readonly maxBytes: number;
  readonly presence: Announcements;
}

export interface OutgoingOptions {
  readonly signal: string;
  readonly send: FarSend;
  /** The encoded kwargs, senders and keys. */
  readonly payload: string;
  /** In the order of their results. */
  readonly targets: readonly RemoteNode[];
  /** Whether one message goes to all nodes. */
  readonly toAll: boolean;
  readonly attachment: FarAttachment;
  readonly parts: OutgoingParts;
  readonly onStart: () => void;
}

/** The message of one send: one per node or, if the send goes to most nodes, one to all. */
export class OutgoingCall {
  protected readonly options: OutgoingOptions;

  constructor(options: OutgoingOptions) {
    this.options = options;
  }

  /** Called first when the call starts. Announces the local changes, so that they arrive before it. */
  protected begin(): void {
    this.options.onStart();
    this.options.parts.presence.flush();
  }

  protected encode(id: number): Uint8Array {
    const { signal, send, payload, toAll, parts } = this.options;
    return encodeTraced(parts, callBodyOf(id, signal, send, toAll), payload, send.trace);
  }

  /**
   * Publishes the message: once per node, or once to all.
   *
   * @param onFail - Gets the node of the message; undefined if the message went to all.
   * @returns The promises of the engine, if it did not accept the messages synchronously.
   */
  protected hand(
    peers: readonly RemoteNode[],
    data: Uint8Array,
    onFail: (reason: unknown, peer: RemoteNode | undefined) => void,
  ): readonly Promise<void>[] {
    const { toAll, parts } = this.options;
    return (toAll ? [undefined] : peers).flatMap((peer) => {
      const publish = () => (peer === undefined ? parts.post.handAll(data) : parts.post.hand(peer, data));
      return carefully(publish, (reason) => onFail(reason, peer)) ?? [];
    });
  }
}

/** Returns the header of a call. Fields that are not needed are undefined, and so are not written. */
export function callBodyOf(id: number, signal: string, send: FarSend, toAll: boolean): MessageBody {
  return Object.assign(
    { type: 'call' as const, id, signal, kind: send.kind, toAll: toAll || undefined },
    optionFieldsOf(send),
  );
}
