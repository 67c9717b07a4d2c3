import { afterEach, describe, expect, it, jest } from '@jest/globals';
import * as workerThreads from 'node:worker_threads';
import type * as channels from '../../src/threads/channel.js';
import { flush } from '../helpers/promises.js';

afterEach(() => {
  jest.resetModules();
});

/** Channels as they are where `receiveMessageOnPort` refuses a BroadcastChannel: in Deno. */
async function channelsOfDeno(): Promise<typeof channels> {
  jest.doMock('node:worker_threads', () => ({
    ...workerThreads,
    receiveMessageOnPort: () => {
      throw new TypeError('The "port" argument must be a MessagePort instance');
    },
  }));
  return import('../../src/threads/channel.js');
}

describe('a channel', () => {
  it('that can not be drained at once, as in Deno, delivers when its turn comes', async () => {
    const { Channel } = await channelsOfDeno();
    const received: unknown[] = [];
    const channel = new Channel('drained', (message) => received.push(message));
    const other = new Channel('drained', () => undefined);
    try {
      other.post('hello');
      channel.drain();
      expect(received).toEqual([]);
      while (received.length === 0) await flush();
      expect(received).toEqual(['hello']);
    } finally {
      channel.close();
      other.close();
    }
  });
});
