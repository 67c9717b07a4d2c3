import { afterEach, beforeEach, expect, jest } from '@jest/globals';
import { Nodes } from './nodes.js';

/** New for each test of a file that has called `nodesOnFakeClock`. */
export let nodes = new Nodes();

/** Gives each test of a file nodes whose time it moves itself. Afterwards they are closed, and no timer is left. */
export function nodesOnFakeClock(): void {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'setImmediate', 'nextTick'] }));
  afterEach(async () => {
    const used = nodes;
    nodes = new Nodes();
    await used.close();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });
}
