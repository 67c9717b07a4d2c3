import { ReceiverTimeoutError } from '../../signals/errors.js';
import type { FarAttachment, FarCall, FarSend } from '../../far/index.js';
import { Timer } from '../../internal/timer.js';
import type { FarResult } from '../../contract/signals.js';
import type { BridgeCalls } from './calls.js';
import { encodeRefusal, mostBytesOf } from '../wire/content.js';
import { callFieldsOf } from '../wire/call-fields.js';
import type { Body as MessageBody } from '../wire/envelope.js';
import type { OpenCall, OpenCallOptions } from './open-call.js';
import type { RemoteNode } from './node-table.js';
import { type Publisher, carefully } from '../wire/publisher.js';
import type { PendingWork } from '../../internal/pending-work.js';

/** The time added to the `timeoutMs` of a send, which counts at each node, for the way there and back. */
const NODE_GRACE_MS = 250;

/** The parts of a bridge that its sends use. */
export interface FarSendParts {
  /** The time limit for a silent node, if the send has no `timeoutMs`. */
  readonly timeoutMs: number;
  readonly calls: BridgeCalls;
  readonly post: Publisher;
  readonly underWay: PendingWork;
  readonly maxBytes: number;
  /** Announces the local changes now. */
  readonly flush: () => void;
}

export interface FarSendOptions {
  readonly signal: string;
  readonly send: FarSend;
  /** The encoded kwargs, senders and keys. */
  readonly payload: string;
  /** In the order of their results. */
  readonly targets: readonly RemoteNode[];
  /** Whether one message goes to all nodes. */
  readonly toAll: boolean;
  readonly attachment: FarAttachment;
  readonly parts: FarSendParts;
}

/** One send to other nodes: in one message per node, or, if it goes to most nodes, in one message to all. */
export class FarSendCall implements FarCall {
  readonly #options: FarSendOptions;
  readonly #limitMs: number;
  readonly #open = new Set<OpenCall>();
  #aborted: { readonly reason: unknown } | undefined;

  constructor(options: FarSendOptions) {
    this.#options = options;
    const { timeoutMs } = options.send;
    this.#limitMs = timeoutMs === undefined ? options.parts.timeoutMs : timeoutMs + NODE_GRACE_MS;
  }

  start(): Promise<readonly FarResult[]> | undefined {
    this.#options.parts.flush();
    switch (this.#options.send.kind) {
      case 'emit':
        return this.#emit();
      case 'send':
        return this.#whileUnderWay(this.#all());
      case 'serial':
        return this.#whileUnderWay(this.#oneByOne());
    }
  }

  abort(reason: unknown): void {
    this.#aborted = { reason };
    for (const call of [...this.#open]) this.#giveUp(call, reason);
  }

  /** Gives up a call and tells its node, because receivers may stop, and a serial send may wait for a `go`. */
  #giveUp(call: OpenCall, reason: unknown): void {
    if (call.settled) return;
    const { post, maxBytes } = this.#options.parts;
    void post.to(call.peer, { type: 'abort', id: call.id }, encodeRefusal(reason, mostBytesOf(maxBytes)));
    call.fail(reason);
  }

  /** Keeps the bridge from closing before the last node has answered. */
  async #whileUnderWay(results: Promise<readonly FarResult[]>): Promise<readonly FarResult[]> {
    const { underWay } = this.#options.parts;
    underWay.begin();
    try {
      return await results;
    } finally {
      underWay.end();
    }
  }

  #emit(): Promise<readonly FarResult[]> | undefined {
    const { targets, parts } = this.#options;
    const data = this.#encode(parts.calls.nextId());
    const handed = this.#hand(targets, data, (reason, peer) => this.#report(reason, peer?.from ?? 'all other nodes'));
    return handed.length === 0 ? undefined : Promise.all(handed).then(() => []);
  }

  #all(): Promise<readonly FarResult[]> {
    const { targets, parts } = this.#options;
    const id = parts.calls.nextId();
    const data = this.#encode(id);
    const results: (readonly FarResult[])[] = targets.map(() => []);
    return new Promise((resolve) => {
      let left = targets.length;
      let timer: Timer | undefined;
      const done = (index: number, own: readonly FarResult[]): void => {
        results[index] = own;
        left -= 1;
        if (left > 0) return;
        timer?.stop();
        this.#open.clear();
        resolve(results.flat());
      };
      const opened = targets.map((peer, index) => this.#call(id, peer, { onDone: (own) => done(index, own) }));
      this.#ask(opened, data);
      if (left > 0) timer = this.#limit(opened);
    });
  }

  async #oneByOne(): Promise<readonly FarResult[]> {
    const results: FarResult[] = [];
    const progress = { stopped: false };
    for (const peer of this.#options.targets) {
      for (const result of await this.#one(peer, progress)) results.push(result);
      if (progress.stopped) break;
    }
    return results;
  }

  /** Makes one node call its receivers one after another. The time limit starts again with each result. */
  #one(peer: RemoteNode, progress: { stopped: boolean }): Promise<readonly FarResult[]> {
    const { parts, send } = this.#options;
    const id = parts.calls.nextId();
    let timer: Timer | undefined;
    return new Promise((resolve) => {
      const onResult = (result: FarResult, last: boolean): void => {
        progress.stopped = send.until?.(result) ?? false;
        if (last) return;
        timer?.stop();
        timer = this.#limit([call]);
        if (send.until !== undefined) void parts.post.to(peer, { type: 'go', id, stop: progress.stopped });
      };
      const onDone = (results: readonly FarResult[]): void => {
        timer?.stop();
        this.#open.clear();
        resolve(results);
      };
      const call = this.#call(id, peer, { onResult, onDone });
      this.#ask([call], this.#encode(id));
      if (!call.settled) timer ??= this.#limit([call]);
    });
  }

  #encode(id: number): Uint8Array {
    const { signal, send, payload, toAll, parts } = this.#options;
    return parts.post.encode(callBodyOf(id, signal, send, toAll), payload);
  }

  #call(id: number, peer: RemoteNode, told: Pick<OpenCallOptions, 'onResult' | 'onDone'>): OpenCall {
    const { parts, signal } = this.#options;
    const onFail = (reason: unknown, node: string): void => this.#report(reason, node);
    const call = parts.calls.open({ id, peer, signal, onFail, ...told });
    if (this.#aborted !== undefined) call.fail(this.#aborted.reason);
    if (!call.settled) this.#open.add(call);
    return call;
  }

  /** Publishes the calls that have not settled yet. */
  #ask(calls: readonly OpenCall[], data: Uint8Array): void {
    const asked = calls.filter((call) => !call.settled);
    if (asked.length === 0) return;
    const peers = asked.map(({ peer }) => peer);
    void this.#hand(peers, data, (reason, peer) => {
      for (const call of asked) if (peer === undefined || peer === call.peer) call.fail(reason);
    });
  }

  /**
   * Publishes the message: once per node, or once to all.
   *
   * @param onFail - Gets the node of the message; undefined if the message went to all.
   * @returns The promises of the engine, if it did not accept the messages synchronously.
   */
  #hand(
    peers: readonly RemoteNode[],
    data: Uint8Array,
    onFail: (reason: unknown, peer: RemoteNode | undefined) => void,
  ): readonly Promise<void>[] {
    const { toAll, parts } = this.#options;
    return (toAll ? [undefined] : peers).flatMap((peer) => {
      const publish = () => (peer === undefined ? parts.post.handAll(data) : parts.post.hand(peer, data));
      return carefully(publish, (reason) => onFail(reason, peer)) ?? [];
    });
  }

  #limit(calls: readonly OpenCall[]): Timer {
    const { signal, send, parts } = this.#options;
    return new Timer(this.#limitMs, () => {
      for (const call of calls) {
        const error = new ReceiverTimeoutError(
          `of node "${call.peer.from}"`,
          `"${signal}"`,
          send.timeoutMs ?? parts.timeoutMs,
        );
        this.#giveUp(call, error);
      }
    });
  }

  #report(reason: unknown, node: string): void {
    const { attachment, send } = this.#options;
    attachment.report(reason, node, send);
  }
}

/** Returns the header of a call. Fields that are not needed are undefined, and so are not written. */
export function callBodyOf(id: number, signal: string, send: FarSend, toAll: boolean): MessageBody {
  return Object.assign(
    { type: 'call' as const, id, signal, kind: send.kind, toAll: toAll || undefined },
    callFieldsOf(send),
  );
}
