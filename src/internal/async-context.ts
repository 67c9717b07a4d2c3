/** Calls a function in an async context, and returns or throws what it does. */
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

interface Process {
  getBuiltinModule?(id: string): AsyncHooks | undefined;
}

/** Calls a function within something that the host enters for it. */
type Enter = (call: () => void) => void;

// Asked for at run time: an import would keep this file out of browsers.
const hooks = attempt(() =>
  (globalThis as { readonly process?: Process }).process?.getBuiltinModule?.('node:async_hooks'),
);

/**
 * Captures the async context of the caller: what every AsyncLocalStorage of the process holds now.
 *
 * Where the host has no `process.getBuiltinModule`, as browsers and Node before 20.16, there is no synchronous access to
 * async contexts: then functions are called as they are. So they are if the host fails to enter the context.
 *
 * @returns Calls a function in that context, as often as needed. What one call enters by `enterWith` reaches no other.
 */
export function captureAsyncContext(): WithinContext {
  const captured = capture();
  if (captured === undefined) return callPlainly;
  let enter = captured;
  return (call) =>
    callBy((run) => {
      enter(() => {
        // Node before 24 keeps what `enterWith` enters in the captured context itself: the next call gets a copy made before.
        enter = capture() ?? enter;
        run();
      });
    }, call);
}

function capture(): Enter | undefined {
  return attempt(() => {
    const { AsyncResource, AsyncLocalStorage } = hooks ?? {};
    if (AsyncResource === undefined) return AsyncLocalStorage?.snapshot?.();
    // In Node 20 `snapshot` does the same, but takes a hundred times as long.
    const resource = new AsyncResource('signalbox');
    return (call) => resource.runInAsyncScope(call);
  });
}

/** A value that code has while it runs, its awaits included. Where the host cannot keep it: until the first `await`. */
export class AsyncVariable<T> {
  readonly #storage = attempt(() => hooks?.AsyncLocalStorage && new hooks.AsyncLocalStorage<T>());
  /** Set only where the host cannot keep the value. */
  #entered: T | undefined;

  get(): T | undefined {
    return attempt(() => this.#storage?.getStore()) ?? this.#entered;
  }

  /** Calls a function that has this value, and returns or throws what it does. */
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

/** Calls once by `enter`, or by `otherwise` if `enter` fails or does not call: no host keeps the call from happening. */
function callBy<R>(enter: Enter, call: () => R, otherwise: WithinContext = callPlainly): R {
  let outcome: Attempt<R> | undefined;
  attempt(() =>
    enter(() => {
      outcome ??= outcomeOf(call);
    }),
  );
  outcome ??= otherwise(() => outcomeOf(call));
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

function outcomeOf<R>(call: () => R): Attempt<R> {
  try {
    return { value: call() };
  } catch (error) {
    return { error };
  }
}

/** What a function of the host returns, or undefined if it throws. */
function attempt<R>(call: () => R): R | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}
