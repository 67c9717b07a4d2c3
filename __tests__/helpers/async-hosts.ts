import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { jest } from '@jest/globals';

/** A storage as hosts without `enterWith` have it. */
class RunOnlyStorage<T> {
  static snapshot(): (call: () => void) => void {
    return AsyncLocalStorage.snapshot();
  }
  readonly #storage = new AsyncLocalStorage<T>();
  getStore(): T | undefined {
    return this.#storage.getStore();
  }
  run(store: T, call: () => void): void {
    this.#storage.run(store, call);
  }
  enterWith(): never {
    throw new Error('not implemented');
  }
}

const fails = (): never => {
  throw new Error('the host fails');
};

class FailingStorage {
  static readonly snapshot = (): (() => never) => fails;
  readonly getStore = fails;
  readonly run = fails;
}

class FailingResource {
  readonly runInAsyncScope = fails;
}

/** Calls too often, and fails after that. */
class TwiceStorage<T> {
  static snapshot(): (call: () => void) => void {
    const enter = AsyncLocalStorage.snapshot();
    return (call) => enter(() => twice(call));
  }
  readonly #storage = new AsyncLocalStorage<T>();
  getStore(): T | undefined {
    return this.#storage.getStore();
  }
  run(store: T, call: () => void): void {
    this.#storage.run(store, () => twice(call));
  }
}

function twice(call: () => void): never {
  call();
  call();
  return fails();
}

/** What `process.getBuiltinModule` returns for `node:async_hooks`, or throws, on each host. */
const hosts = {
  Node: () => ({ AsyncLocalStorage, AsyncResource }),
  'a host with `run` and `snapshot` alone': () => ({ AsyncLocalStorage: RunOnlyStorage }),
  'a host without AsyncLocalStorage': () => undefined,
  'a host that has no such module': fails,
  'a host with an empty module': () => ({}),
  'a host whose storages and resources fail': () => ({
    AsyncLocalStorage: FailingStorage,
    AsyncResource: FailingResource,
  }),
  'a host whose snapshots fail': () => ({ AsyncLocalStorage: FailingStorage }),
  'a host on which nothing can be constructed': () => ({ AsyncLocalStorage: fails, AsyncResource: fails }),
  'a host whose storages do not call': () => ({
    AsyncLocalStorage: class {
      static readonly snapshot = () => () => undefined;
      readonly getStore = () => undefined;
      readonly run = () => undefined;
    },
  }),
  'a host whose storages call twice and then throw': () => ({ AsyncLocalStorage: TwiceStorage }),
};

export type Host = keyof typeof hosts;

export const everyHost = Object.keys(hosts) as Host[];
/** Those on which an async context can be captured. */
export const capturingHosts: readonly Host[] = ['Node', 'a host with `run` and `snapshot` alone'];

/** Loads modules anew, as `host` would; later tests are back on Node when all mocks are restored. */
export function loadOn<M>(host: Host, load: () => M): M {
  const { getBuiltinModule } = process;
  const onHost = (id: string): object | undefined =>
    id === 'node:async_hooks' ? hosts[host]() : getBuiltinModule.call(process, id);
  jest.spyOn(process, 'getBuiltinModule').mockImplementation(onHost);
  const loaded: M[] = [];
  jest.isolateModules(() => {
    loaded.push(load());
  });
  return loaded[0] as M;
}
