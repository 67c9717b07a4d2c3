import { validTrace } from '../internal/trace-parent.js';
import { isExpected } from '../signals/failure-log.js';
import type { SendOptions } from '../contract/options.js';
import type { FarResult, Receiver, SendResult, SendWatch, TraceParent, WatchedSend } from '../contract/signals.js';
import { isQueue } from './queues.js';
import type { WatchCall } from './watch-call.js';

/** The interest of one watcher in one send. */
export interface OneWatch {
  readonly of: WatchCall;
  readonly watch: SendWatch;
  readonly hasRun: boolean;
  readonly hasCall: boolean;
}

export function oneWatch(of: WatchCall, watch: SendWatch): OneWatch {
  return { of, watch, hasRun: watch.run !== undefined, hasCall: watch.call !== undefined };
}

/** The interest of all watchers in one send. Whoever performs the send calls through it. */
export class Watching {
  readonly send: WatchedSend;
  /** The outermost first. */
  readonly #all: readonly OneWatch[];
  readonly #expected: SendOptions['expected'];
  readonly #hasCall: boolean;
  /** The number of parts of the send that are not over. */
  #open = 0;
  #ended = false;

  constructor(send: WatchedSend, all: readonly OneWatch[], expected: SendOptions['expected']) {
    this.send = send;
    this.#all = all;
    this.#expected = expected;
    this.#hasCall = all.some(({ hasCall }) => hasCall);
  }

  /** Calls everything that the verb does before it returns. */
  run<T>(verb: () => T): T {
    const from = (index: number): T => {
      const next = this.#all[index];
      if (next === undefined) return this.#whole(verb);
      const { of, watch, hasRun } = next;
      const inner = (): T => from(index + 1);
      if (!hasRun || !of.active) return inner();
      return of.around(watch, 'run', this.send.context, inner, (go) => watch.run?.(go));
    };
    return from(0);
  }

  /** Calls a receiver. */
  call(receiver: Receiver, call: () => unknown): unknown {
    if (!this.#hasCall || isQueue(receiver)) return call();
    const from = (index: number): unknown => {
      const next = this.#all[index];
      if (next === undefined) return call();
      const { of, watch, hasCall } = next;
      const inner = (): unknown => from(index + 1);
      if (!hasCall || !of.active) return inner();
      return of.around(watch, 'call', this.send.context, inner, (go) => watch.call?.(receiver, go));
    };
    return from(0);
  }

  /** Returns the trace that the send takes along: of those that watchers return, the outermost valid one. */
  trace(): TraceParent | undefined {
    let trace: TraceParent | undefined;
    for (const { of, watch } of this.#all) {
      if (!of.active) continue;
      const given = of.ask(watch, 'trace', this.send.context, () => validTrace(watch.trace?.()));
      trace ??= given;
    }
    return trace;
  }

  /** Must be called with each result, once. */
  result(result: SendResult | FarResult): void {
    if (this.#ended) return;
    const expected = result.status === 'rejected' && this.#expects(result.reason, result.receiver === undefined);
    for (const { of, watch } of this.#all) {
      of.ask(watch, 'onResult', this.send.context, () => watch.onResult?.(result, expected));
    }
  }

  /** Whether the send listed a failure as expected. Errors of remote receivers keep the name of their class only. */
  #expects(reason: unknown, isRemote: boolean): boolean {
    const expected = this.#expected ?? [];
    if (isExpected(reason, expected)) return true;
    return isRemote && reason instanceof Error && expected.some(({ name }) => name === reason.name);
  }

  /** A part of the send begins, which may outlive the verb. */
  begin(): void {
    this.#open += 1;
  }

  /** A part of the send is over. The send is over with its last part. */
  over(): void {
    this.#open -= 1;
    if (this.#open === 0) this.#end();
  }

  /** The send itself has failed. */
  fail(error: unknown): void {
    this.#end({ error });
  }

  #end(...failure: [failure?: { readonly error: unknown }]): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const { of, watch } of this.#all) {
      of.ask(watch, 'onEnd', this.send.context, () => watch.onEnd?.(...failure));
    }
  }

  #whole<T>(verb: () => T): T {
    this.begin();
    let value: T;
    try {
      value = verb();
    } catch (error) {
      this.fail(error);
      throw error;
    }
    this.over();
    return value;
  }
}
