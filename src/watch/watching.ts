import { nameOrElse } from '../internal/printing.js';
import { validTrace } from '../internal/trace-parent.js';
import { isExpected } from '../signals/failure-log.js';
import type { SendOptions } from '../contract/options.js';
import type { FarResult, Receiver, SendResult, SendWatch, TraceParent, WatchedSend } from '../contract/signals.js';
import { isQueue } from './queues.js';
import { type OneWatch, nest } from './watch-call.js';

/** The interest of all watchers in one send. All code that performs the send calls through it. */
export class Watching {
  readonly send: WatchedSend;
  /** The outermost first. */
  readonly #all: readonly OneWatch<SendWatch>[];
  readonly #expected: SendOptions['expected'];
  /** Whether any watcher has `run`. */
  readonly #hasRun: boolean;
  /** Whether any watcher has `call`. If not, receivers may be called without it. */
  readonly hasCall: boolean;
  /** The number of parts of the send that are not over. */
  #open = 0;
  #ended = false;

  constructor(send: WatchedSend, all: readonly OneWatch<SendWatch>[], expected: SendOptions['expected']) {
    this.send = send;
    this.#all = all;
    this.#expected = expected;
    this.#hasRun = all.some(({ run }) => run);
    this.hasCall = all.some(({ call }) => call);
  }

  /** Calls everything that the verb does before it returns. */
  run<T>(verb: () => T): T {
    if (!this.#hasRun) return this.#whole(verb);
    const whole = (): T => this.#whole(verb);
    return nest(this.#all, 'run', this.send.context, whole, (watch, go) => watch.run?.(go));
  }

  /** Calls a receiver. */
  call(receiver: Receiver, call: () => unknown): unknown {
    if (!this.hasCall || isQueue(receiver)) return call();
    return nest(this.#all, 'call', this.send.context, call, (watch, go) => watch.call?.(receiver, go));
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
      try {
        const returned: unknown = watch.onResult?.(result, expected);
        if (typeof returned === 'object') of.returned(returned, watch, 'onResult', this.send.context);
      } catch (error) {
        of.report(error, watch, 'onResult', this.send.context);
      }
    }
  }

  /** Whether the send listed a failure as expected. Errors of remote receivers keep the name of their class only. */
  #expects(reason: unknown, isRemote: boolean): boolean {
    const expected = this.#expected ?? [];
    if (isExpected(reason, expected)) return true;
    return isRemote && reason instanceof Error && expected.some(({ name }) => name === nameOrElse('', reason));
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

  #end(failure?: { readonly error: unknown }): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const { of, watch } of this.#all) {
      try {
        const returned: unknown = failure === undefined ? watch.onEnd?.() : watch.onEnd?.(failure);
        if (typeof returned === 'object') of.returned(returned, watch, 'onEnd', this.send.context);
      } catch (error) {
        of.report(error, watch, 'onEnd', this.send.context);
      }
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
