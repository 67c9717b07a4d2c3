import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type * as AsyncContext from '../src/internal/async-context.js';
import { type Host, capturingHosts, everyHost, loadOn } from './helpers/async-hosts.js';

const loadedOn = (host: Host): typeof AsyncContext =>
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loads another instance at once
  loadOn(host, () => require('../src/internal/async-context.js') as typeof AsyncContext);

afterEach(() => {
  jest.restoreAllMocks();
});

const request = new AsyncLocalStorage<string>();

describe.each(capturingHosts)('captureAsyncContext on %s', (host) => {
  it('calls in the context of the capture, then and later (B12)', async () => {
    const { captureAsyncContext } = loadedOn(host);
    const within = request.run('first', captureAsyncContext);
    const seen = await request.run('second', async () => {
      const sync = within(() => request.getStore());
      const late = await within(async () => {
        await Promise.resolve();
        return request.getStore();
      });
      return [sync, late, request.getStore()];
    });
    expect(seen).toEqual(['first', 'first', 'second']);
    expect(request.getStore()).toBeUndefined();
  });

  it('keeps what one call enters from the others and from the caller (B12)', async () => {
    const { captureAsyncContext } = loadedOn(host);
    const within = request.run('first', captureAsyncContext);
    const enter = async (store: string): Promise<unknown> => {
      const before = request.getStore();
      request.enterWith(store);
      await Promise.resolve();
      return [before, request.getStore()];
    };
    const calls = ['a', 'b'].map((store) => within(() => enter(store)));
    expect(request.getStore()).toBeUndefined();
    expect(await Promise.all(calls)).toEqual([
      ['first', 'a'],
      ['first', 'b'],
    ]);
  });

  it('captures that nothing is stored', async () => {
    const { captureAsyncContext } = loadedOn(host);
    const within = captureAsyncContext();
    expect(request.run('later', () => within(() => request.getStore()))).toBeUndefined();
  });
});

describe.each(everyHost)('on %s', (host) => {
  it('calls exactly once, and returns or throws what the call does', async () => {
    const { captureAsyncContext, AsyncVariable } = loadedOn(host);
    const variable = new AsyncVariable<string>();
    const error = new Error('of the call');
    for (const within of [captureAsyncContext(), <R>(call: () => R) => variable.run('value', call)]) {
      const call = jest.fn(() => 'returned');
      expect(within(call)).toBe('returned');
      expect(call).toHaveBeenCalledTimes(1);
      const failing = jest.fn(() => {
        throw error;
      });
      expect(() => within(failing)).toThrow(error);
      expect(failing).toHaveBeenCalledTimes(1);
    }
    expect(variable.get()).toBeUndefined();
  });
});

describe('AsyncVariable', () => {
  it.each(everyHost)('has its value during the call, on %s', async (host) => {
    const { AsyncVariable } = loadedOn(host);
    const variable = new AsyncVariable<string>();
    const other = new AsyncVariable<string>();
    const seen = variable.run('outer', () => [
      variable.run('inner', () => variable.get()),
      variable.get(),
      other.get(),
    ]);
    expect(seen).toEqual(['inner', 'outer', undefined]);
    expect(variable.get()).toBeUndefined();
  });

  it.each(capturingHosts)('has it after awaits, too, on %s', async (host) => {
    const { AsyncVariable } = loadedOn(host);
    const variable = new AsyncVariable<string>();
    const seen = await variable.run('value', async () => {
      await Promise.resolve();
      return variable.get();
    });
    expect(seen).toBe('value');
  });
});
