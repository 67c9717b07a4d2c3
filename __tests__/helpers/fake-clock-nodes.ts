import { afterEach, beforeEach, expect, jest } from '@jest/globals';
import type { Engine } from 'signalbox/bridge';
import { Nodes } from './nodes.js';
import { flush } from './promises.js';

/** New for each test of a file that has called `nodesOnFakeClock`. */
export let nodes = new Nodes();

/** Gives each test of a file nodes whose time it moves itself. Afterwards they are closed, and no timer is left. */
export function nodesOnFakeClock(): void {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'setImmediate', 'nextTick'] }));
  afterEach(async () => {
    const used = nodes;
    nodes = new Nodes();
    await whilePassing(used.close());
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });
}

/** Lets time pass until that has settled: a node that closes waits for others, some of which a test has cut off. */
export async function whilePassing<T>(promise: Promise<T>): Promise<T> {
  const state = { settled: false };
  const done = promise.finally(() => (state.settled = true));
  done.catch(() => undefined);
  await flush();
  while (!state.settled) {
    jest.advanceTimersByTime(250);
    await flush();
  }
  return done;
}

/** The engine of the nodes, whose messages take a while. */
export function slow(delayMs: number): Engine {
  const { engine } = nodes;
  const publish: Engine['publish'] = (subject, data) => {
    const copy = data.slice();
    setTimeout(() => void engine.publish(subject, copy), delayMs);
  };
  return { ...engine, publish };
}
