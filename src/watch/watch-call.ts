import { read } from '../internal/any-value.js';
import { promiseFrom, whenSettled } from '../internal/thenable.js';
import { type FailureLog, standInFor } from '../signals/failure-log.js';
import type { Receiver, SendContext, SendWatch, SendWatcher, WorkWatch } from '../contract/signals.js';

/** The send that an error of a watcher belongs to. */
export type WatchContext = Pick<SendContext, 'signal' | 'sender'>;

/** The part of a manager that takes the errors of its watchers. */
export interface WatcherErrors {
  readonly failures: FailureLog;
  /** Whether an error is a failure of the sends that are calling receivers now, which are nested too deep. */
  fails(error: unknown, context: WatchContext): boolean;
}

type Method = keyof SendWatcher | keyof SendWatch | keyof WorkWatch;

/** One `watch` call. */
export class WatchCall {
  readonly watcher: SendWatcher;
  readonly #errors: WatcherErrors;
  /** False once disposed. */
  active = true;
  readonly #reported = new Set<Method>();

  constructor(watcher: SendWatcher, errors: WatcherErrors) {
    this.watcher = watcher;
    this.#errors = errors;
  }

  /** Reports an error of a method of `target`, unless one of that method has been reported before. */
  report(error: unknown, target: object, name: Method, context: WatchContext): void {
    if (this.#errors.fails(error, context) || this.#reported.has(name)) return;
    this.#reported.add(name);
    this.#errors.failures.reportWatcher(error, methodOf(target, name), context);
  }

  /** Makes a call of a method of `target`. Reports an error that it throws, or rejects with if it is async. */
  ask<T>(target: object, name: Method, context: WatchContext, call: () => T): T | undefined {
    try {
      const returned = call();
      if (typeof returned === 'object') this.returned(returned, target, name, context);
      return returned;
    } catch (error) {
      this.report(error, target, name, context);
      return undefined;
    }
  }

  /**
   * Must be called, as `ask` does, with an object that a method of `target` has returned: it may be a promise that rejects.
   * The methods that most sends call are called without `ask`, because a closure for each takes longer than the call.
   */
  returned(value: object | null, target: object, name: Method, context: WatchContext): void {
    whenRejected(value, (error) => {
      this.report(error, target, name, context);
    });
  }

  /**
   * Makes a call of a method that must call `go` once, and returns or throws what `body` does. Whatever the method does,
   * `body` is called exactly once.
   */
  around<T>(
    target: object,
    name: 'run' | 'call',
    context: WatchContext,
    body: () => T,
    call: (go: () => unknown) => unknown,
  ): T {
    const turn = new WatchedPart(body);
    try {
      const returned = call(turn.go);
      // The promise of the send itself stays alone, so that its rejection is unhandled if its sender does not handle it.
      if (typeof returned === 'object' && !turn.returned(returned)) whenRejected(returned, () => undefined);
      if (!turn.begun) throw new Error(`\`${name}\` of a watcher must call \`go\` before it returns`);
    } catch (error) {
      if (!turn.threw(error)) this.report(error, target, name, context);
    }
    turn.over = true;
    return turn.outcome();
  }
}

/** The interest of one watcher in one send or one piece of bus work. */
export interface OneWatch<W extends SendWatch | WorkWatch> {
  readonly of: WatchCall;
  readonly watch: W;
  readonly run: boolean;
  readonly call: boolean;
}

/** Throws if the members of the watch cannot be read. */
export function oneWatch<W extends SendWatch | WorkWatch>(of: WatchCall, watch: W): OneWatch<W> {
  return { of, watch, run: watch.run !== undefined, call: (watch as SendWatch).call !== undefined };
}

/** Calls a method of each watch around the next one, and of the last one around `body`. The first is the outermost. */
export function nest<W extends SendWatch | WorkWatch, T>(
  all: readonly OneWatch<W>[],
  name: 'run' | 'call',
  context: WatchContext,
  body: () => T,
  call: (watch: W, go: () => unknown) => unknown,
): T {
  const from = (index: number): T => {
    const next = all[index];
    if (next === undefined) return body();
    const { of, watch } = next;
    const inner = (): T => from(index + 1);
    if (!next[name] || !of.active) return inner();
    return of.around(watch, name, context, inner, (go) => call(watch, go));
  };
  return from(0);
}

/** The part of a send that a watcher's method is called around. */
class WatchedPart<T> {
  readonly #body: () => T;
  #outcome: { readonly value: T } | { readonly error: unknown } | undefined;
  begun = false;
  /** Whether the method has returned. */
  over = false;

  constructor(body: () => T) {
    this.#body = body;
  }

  /** Calls the body the first time, and repeats its outcome afterwards. Does nothing once the method has returned. */
  readonly go = (): unknown => {
    if (this.over || (this.begun && this.#outcome === undefined)) return undefined;
    return this.outcome();
  };

  outcome(): T {
    const outcome = (this.#outcome ??= this.#perform());
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  threw(error: unknown): boolean {
    return this.#outcome !== undefined && 'error' in this.#outcome && Object.is(this.#outcome.error, error);
  }

  returned(value: unknown): boolean {
    return this.#outcome !== undefined && 'value' in this.#outcome && this.#outcome.value === value;
  }

  #perform(): { readonly value: T } | { readonly error: unknown } {
    this.begun = true;
    try {
      return { value: this.#body() };
    } catch (error) {
      return { error };
    }
  }
}

/** Returns a method for a report; a function of its name if it cannot be read. */
function methodOf(target: object, name: Method): Receiver {
  const method = read(target, name); // the error of a getter has been reported
  return typeof method === 'function' ? (method as Receiver) : standInFor(name);
}

function whenRejected(returned: unknown, onRejected: (reason: unknown) => void): void {
  const promise = promiseFrom(returned);
  if (promise !== undefined) void whenSettled(promise, () => undefined, onRejected);
}
