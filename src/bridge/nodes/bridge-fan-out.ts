import type { FanOutCall } from '../../far/fan-out-call.js';
import { FanOut, type FanOutRules, type FanOutTransport } from '../../far/fan-out.js';
import type { FarCall } from '../../far/index.js';
import type { FarResult } from '../../contract/signals.js';
import { NodeLostError } from '../errors.js';
import { encodeRefusal, mostBytesOf } from '../wire/content.js';
import type { RemoteNode } from './node-table.js';
import { OutgoingCall, type OutgoingOptions } from './outgoing-call.js';

const NODE_RULES: FanOutRules = {
  allOf: (node) => `of node "${node}"`,
  place: 'node',
  reportsAbort: 'all',
  waitsAfterUntil: true,
};

/** A send to other nodes that waits for their results. */
export class BridgeFanOut extends OutgoingCall implements FarCall, FanOutTransport<RemoteNode> {
  readonly rules = NODE_RULES;
  readonly #fanOut: FanOut<RemoteNode>;

  constructor(options: OutgoingOptions) {
    super(options);
    this.#fanOut = new FanOut({ ...options, timeoutMs: options.parts.timeoutMs }, this);
  }

  start(): Promise<readonly FarResult[]> {
    const { parts } = this.options;
    this.begin();
    // Keeps the bridge from closing before the last node has answered.
    parts.underWay.begin();
    return this.#fanOut.start();
  }

  abort(reason: unknown): void {
    this.#fanOut.abort(reason);
  }

  hurry(): void {
    this.#fanOut.hurry();
  }

  nameOf({ from }: RemoteNode): string {
    return from;
  }

  absenceOf({ from, left, lost }: RemoteNode): 'left' | Error | undefined {
    // A node that has left has no receivers, as it has announced.
    if (left) return 'left';
    return lost ? new NodeLostError(from, this.options.signal) : undefined;
  }

  ask(calls: readonly FanOutCall<RemoteNode>[]): void {
    const id = this.options.parts.calls.nextId();
    const data = this.encode(id);
    for (const call of calls) {
      call.id = id;
      call.target.calls.set(id, call);
    }
    const peers = calls.map(({ target }) => target);
    void this.hand(peers, data, (reason, peer) => {
      for (const call of calls) if (peer === undefined || peer === call.target) call.fail(reason);
    });
  }

  goOn({ target, id }: FanOutCall<RemoteNode>, stop: boolean): void {
    void this.options.parts.post.to(target, { type: 'go', id, stop });
  }

  /** Receivers may stop, and a serial send may wait for a `go`. */
  tellAbort(calls: readonly FanOutCall<RemoteNode>[], reason: unknown): void {
    const { post, maxBytes } = this.options.parts;
    for (const { target, id } of calls) {
      void post.to(target, { type: 'abort', id }, encodeRefusal(reason, mostBytesOf(maxBytes)));
    }
  }

  release({ target, id }: FanOutCall<RemoteNode>): void {
    target.calls.delete(id);
  }

  end(): void {
    this.options.parts.underWay.end();
  }
}
