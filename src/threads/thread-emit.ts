import type { FarCall, FarSend } from '../far/index.js';
import type { TraceParent } from '../contract/signals.js';
import type { Emit } from './emit-outbox.js';
import { type SendExtras, encodeExtras } from './send-extras.js';
import { snapshotOf } from './kwargs-copy.js';
import type { Routes } from './own-thread.js';

/** An emit to other threads. One object is both the call and the message, because programs make millions of them. */
export class ThreadEmit implements FarCall, Emit {
  readonly signal: string;
  readonly from: number;
  readonly to: readonly number[];
  readonly rest: SendExtras | undefined;
  readonly trace: TraceParent | undefined;
  readonly kwargs: object;
  readonly #routes: Routes;

  /** @throws DataCloneError if the kwargs cannot be cloned. */
  constructor(routes: Routes, signal: string, from: number, to: readonly number[], send: FarSend) {
    this.#routes = routes;
    this.signal = signal;
    this.from = from;
    this.to = to;
    this.rest = encodeExtras(send);
    this.trace = send.trace;
    this.kwargs = snapshotOf(send.kwargs);
  }

  start(): undefined {
    this.#routes.emit(this);
    return undefined;
  }

  abort(): void {
    // Nothing waits for an emit.
  }
}
