import { nodeModule } from './runtime.js';

/** Calls a function in an async context, and returns its value or throws its error. */
export type WithinContext = <R>(call: () => R) => R;

interface Storage<T> {
  getStore(): T | undefined;
  run(store: T, call: () => void): void;
}

/** The parts of `node:async_hooks` that are used here. Hosts other than Node have some of them. */
interface AsyncHooks {
  readonly AsyncLocalStorage?: {
    new <T>(): Storage<T>;
    snapshot?(): Enter;
  };
  readonly AsyncResource?: new (type: string) => { runInAsyncScope(call: () => void): void };
}

/** Calls a function inside a context that the host enters for it. */
type Enter = (call: () => void) => void;

const hooks = attempt(() => nodeModule('node:async_hooks') as AsyncHooks | undefined);

/**
 * Captures the async context of the caller: the current values of all AsyncLocalStorages of the process.
 *
 * Without `process.getBuiltinModule`, in browsers and Node before 20.16, async contexts are not accessible
 * synchronously. Functions are then called without one, as they are when the host fails to enter the context.
 *
 * @returns Calls a function in that context, any number of times. A store that one call sets with `enterWith` is not
 * visible to others.
 */
export function captureAsyncContext(): WithinContext {
  const captured = capture();
  if (captured === undefined) return callPlainly;
  let enter = captured;
  return (call) =>
    callBy((run) => {
      enter(() => {
        // Before Node 24, `enterWith` changes the captured context itself, so the next call gets a copy made before
        // this call.
        enter = capture() ?? enter;
        run();
      });
    }, call);
}

function capture(): Enter | undefined {
  return attempt(() => {
    const { AsyncResource, AsyncLocalStorage } = hooks ?? {};
    if (AsyncResource === undefined) return AsyncLocalStorage?.snapshot?.();
    // In Node 20, `snapshot` does the same but takes a hundred times as long.
    const resource = new AsyncResource('signalbox');
    return (call) => resource.runInAsyncScope(call);
  });
}

/** A value that code sees while it runs, across awaits. If the host cannot keep it, only until the first `await`. */
export class AsyncVariable<T> {
  readonly #storage = attempt(() => hooks?.AsyncLocalStorage && new hooks.AsyncLocalStorage<T>());
  /** Set only if the host cannot keep the value. */
  #entered: T | undefined;

  get(): T | undefined {
    return attempt(() => this.#storage?.getStore()) ?? this.#entered;
  }

  /** Calls a function that sees this value, and returns its value or throws its error. */
  run<R>(value: T, call: () => R): R {
    return callBy(
      (run) => this.#storage?.run(value, run),
      call,
      (run) => {
        const outer = this.#entered;
        this.#entered = value;
        const outcome = run();
        this.#entered = outer;
        return outcome;
      },
    );
  }
}

function callPlainly<R>(call: () => R): R {
  return call();
}

type Attempt<R> = { readonly value: R } | { readonly error: unknown };

/**
 * Calls exactly once: through `enter`, or through `otherwise` if `enter` fails or does not call. So no host can prevent
 * the call.
 */
function callBy<R>(enter: Enter, call: () => R, otherwise: WithinContext = callPlainly): R {
  let outcome: Attempt<R> | undefined;
  attempt(() =>
    enter(() => {
      outcome ??= tried(call);
    }),
  );
  outcome ??= otherwise(() => tried(call));
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

function tried<R>(call: () => R): Attempt<R> {
  try {
    return { value: call() };
  } catch (error) {
    return { error };
  }
}

/** Returns the value of a host function, or undefined if it throws. */
function attempt<R>(call: () => R): R | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}
