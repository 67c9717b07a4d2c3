import { isThenable, whenSettled } from '../thenable.js';

/** One call of a subscriber, a periodic task or a disposal: what a stop waits for, and what may not wait for the stop. */
class Run {
  /** Whose it is. */
  readonly owner: object;
  active = true;
  constructor(owner: object) {
    this.owner = owner;
  }
}

/** The part of node's AsyncLocalStorage that is needed here. */
interface Storage {
  getStore(): Run | undefined;
  run<A>(run: Run, call: (argument: A) => unknown, argument: A): unknown;
}

/** Where there is no AsyncLocalStorage, as in browsers: knows a run until its first `await`. */
class SyncStorage implements Storage {
  #current: Run | undefined;

  getStore(): Run | undefined {
    return this.#current;
  }

  run<A>(run: Run, call: (argument: A) => unknown, argument: A): unknown {
    const outer = this.#current;
    this.#current = run;
    try {
      return call(argument);
    } finally {
      this.#current = outer;
    }
  }
}

interface NodeProcess {
  getBuiltinModule?(id: string): { readonly AsyncLocalStorage: new () => Storage };
}

/** Asked for at run time: an import would keep this entry out of browsers. */
function makeStorage(): Storage {
  const { process } = globalThis as { readonly process?: NodeProcess };
  const hooks = process?.getBuiltinModule?.('node:async_hooks');
  return hooks === undefined ? new SyncStorage() : new hooks.AsyncLocalStorage();
}

const storage = makeStorage();

/**
 * Calls a function as a run: so is all that it awaits, until it is over.
 *
 * @param onDone - Called when it is over, before this returns if it is then; `onFailed` in its place when it failed.
 */
export function perform<A>(
  owner: object,
  call: (argument: A) => unknown,
  argument: A,
  onDone: () => void,
  onFailed: (error: unknown) => void,
): void {
  const run = new Run(owner);
  const done = (): void => {
    run.active = false;
    onDone();
  };
  const failed = (error: unknown): void => {
    run.active = false;
    onFailed(error);
  };
  try {
    const returned = storage.run(run, call, argument);
    if (isThenable(returned)) {
      void whenSettled(Promise.resolve(returned), done, failed);
      return;
    }
  } catch (error) {
    failed(error);
    return;
  }
  done();
}

/** Whose run the code that asks is a part of, if that is not over. */
export function currentOwner(): object | undefined {
  const run = storage.getStore();
  return run?.active === true ? run.owner : undefined;
}
