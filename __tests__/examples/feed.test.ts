import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ANY, SignalManager } from 'signalbox';
import { record } from 'signalbox/testing';

import { openFeedServer, type FeedServer } from '../../examples/feed/feed-server.js';
import { createFeed } from '../../examples/feed/feed.js';
import { readStore } from '../../examples/feed/store.js';
import { ExampleProcess } from './example-process.js';

let directory: string;
let server: FeedServer;
let feed: ExampleProcess | undefined;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'signalbox-'));
  server = await openFeedServer('secret');
});

afterEach(async () => {
  feed?.kill();
  await feed?.exit;
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

function startFeed(file: string, secret = 'secret'): ExampleProcess {
  const environment = { FEED_URL: server.url, FEED_SECRET: secret };
  return (feed = new ExampleProcess('feed/main.js', ['--file', file, '--period', '5'], environment));
}

const oneTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe('examples/feed', () => {
  it('terminated at a random moment, 50 times, has stored and indexed every row that it fetched', async () => {
    const file = path.join(directory, 'feed.db');
    for (let round = 1; round <= 50; round++) {
      const running = startFeed(file);
      await running.lineMatching(/started/);
      await sleep(Math.random() * 100);
      running.terminate();

      expect({ round, ...(await running.exit) }).toEqual({
        round,
        exitCode: 0,
        lines: ['feed: started', 'feed: stopping', 'feed: stopped'],
        stderr: '',
      });
      const { ids, indexedIds } = existsSync(file) ? readStore(file) : { ids: [], indexedIds: [] };
      expect({ round, ids, indexedIds }).toEqual({
        round,
        ids: oneTo(server.served),
        indexedIds: oneTo(server.served),
      });
    }
    expect(server.served).toBeGreaterThan(0);
  });

  it('reports a feed that refuses, and stops as before', async () => {
    const running = startFeed(path.join(directory, 'feed.db'), 'wrong');
    await running.lineMatching(/started/);
    running.terminate();
    const { exitCode, stderr } = await running.exit;
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/Failure in periodic task fetchPage: Error: The feed answered 401/);
  });
  it('stores and indexes a page while it waits for the next one', async () => {
    const file = path.join(directory, 'feed.db');
    const manager = new SignalManager();
    const bus = createFeed({ url: server.url, secret: 'secret', file, periodMs: 3_600_000 }, manager);
    const recording = record(manager);
    const fetched = manager.wait(ANY);
    await bus.start();
    await fetched;
    await recording.settled();
    expect(readStore(file)).toMatchObject({ ids: oneTo(server.served), indexedIds: oneTo(server.served) });
    expect(recording.sends).toHaveLength(1 + server.served);
    expect(recording.failures).toEqual([]);
    await bus.stop();
  });
});
