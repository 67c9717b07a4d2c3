import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { createClient } from '@redis/client';
import { SignalManager } from 'signalbox';
import { Bridge } from 'signalbox/bridge';
import { redisEngine } from 'signalbox/redis';
import { Broker, isMissing } from '../helpers/brokers.js';

const broker = new Broker('redis');
const missing = isMissing('redis');
let client: ReturnType<typeof createClient>;
const bridges: Bridge[] = [];
beforeAll(async () => {
  if (missing) return;
  await broker.start();
  client = createClient({ url: `redis://127.0.0.1:${broker.port}` });
  await client.connect();
});
afterEach(async () => {
  jest.restoreAllMocks();
  for (const bridge of bridges.splice(0)) await bridge.close();
});
afterAll(async () => {
  if (missing) return;
  client.destroy();
  await broker.stop();
});

/** A node, and the signal that it is to share. */
function node(name: string) {
  const manager = new SignalManager({ onError: null });
  const bridge = new Bridge(manager, redisEngine(client as never), { namespace: 'full', node: name });
  bridges.push(bridge);
  return { bridge, x: manager.signal<{ text: string }>('x') };
}

/** Has the tidying of every minute done when the test says so. */
function minutes() {
  const due: (() => unknown)[] = [];
  const real = setTimeout;
  jest.spyOn(globalThis, 'setTimeout').mockImplementation(((task: () => unknown, ms: number) => {
    if (ms !== 60_000) return real(task, ms);
    due.push(task);
    return real(() => undefined, 0);
  }) as never);
  return () => {
    for (const task of due.splice(0)) task();
  };
}

(missing ? it.skip : it)('a worker comes back to its group while Redis is full, and empties it (H10)', async () => {
  const pass = minutes();
  const worker = { durable: true, group: 'g' };
  const first = node('first');
  await (await first.bridge.share(first.x, worker))[Symbol.asyncDispose]();
  const sender = node('sender');
  await sender.bridge.share(sender.x, { durable: true });
  const text = 'x'.repeat(500_000);
  for (let n = 0; n < 10; n++) await sender.x.send({ text });
  await client.sendCommand(['CONFIG', 'SET', 'maxmemory', '2mb', 'maxmemory-policy', 'noeviction']);
  const stored = async (): Promise<boolean> => (await sender.x.send({ text: 'more' })).length === 0;
  expect(await stored()).toBe(false);

  const again = node('again');
  let done = 0;
  const all = new Promise<void>((resolve) => {
    again.x.connect(() => {
      done += 1;
      if (done === 10) resolve();
    });
  });
  await again.bridge.share(again.x, worker);
  await all;
  while (!(await stored())) {
    pass();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await client.sendCommand(['CONFIG', 'SET', 'maxmemory', '0']);
});
