import { describe, expect, it, jest } from '@jest/globals';
import { broadcastEngine } from 'signalbox/broadcast';
import { natsEngine } from 'signalbox/nats';
import { redisEngine } from 'signalbox/redis';
import {
  Bridge,
  type BridgeOptions,
  type CloseOptions,
  type Engine,
  type ReadyOptions,
  type ShareOptions,
  memoryEngine,
} from '../src/bridge/index.js';
import type { DurableEngineOptions } from '../src/bridge/types.js';
import { SignalManager } from '../src/index.js';
import type { RemoteConnectOptions, ThreadOptions } from '../src/threads/index.js';
import { Stage, leavingNothing, receiversModule } from './threads/threads.js';

leavingNothing();

/** All optional properties of `T`, undefined. That it compiles says that the types allow it. */
type Undefined<T> = { readonly [Name in keyof T as undefined extends T[Name] ? Name : never]-?: undefined };

const thread: Undefined<ThreadOptions> = { name: undefined, timeoutMs: undefined, maxQueued: undefined };
const remote: Undefined<RemoteConnectOptions> = {
  ...{ key: undefined, keys: undefined, once: undefined, priority: undefined, uid: undefined },
};
const bridge: Undefined<BridgeOptions> = {
  ...{ node: undefined, timeoutMs: undefined, maxBytes: undefined, maxNodes: undefined, heartbeatMs: undefined },
  onError: undefined,
};
const share: Undefined<ShareOptions> = {
  ...{ group: undefined, durable: undefined, maxAttempts: undefined, schema: undefined },
};
const ready: Undefined<ReadyOptions> = { timeoutMs: undefined };
const close: Undefined<CloseOptions> = { timeoutMs: undefined };
const engine: Undefined<DurableEngineOptions> = { redeliverAfterMs: undefined };
const limits: Undefined<Engine> = { maxBytes: undefined, maxSubjectLength: undefined, durable: undefined };

describe('undefined for any option is the same as leaving it out (N8)', () => {
  it('of a hub, of `attach` and of `connectOn`', async () => {
    const stage = new Stage(['ping'], thread);
    const worker = stage.start();
    await Promise.all([stage.hub.attach(worker.worker, { name: undefined }), worker.run('join')]);
    const [name = ''] = stage.hub.threads;
    expect(name).toMatch(/^worker-\d+$/);
    const connection = await stage.hub.connectOn(name, receiversModule, 'double', stage.signal('ping'), remote);
    expect(await stage.signal('ping').send({ n: 4 })).toMatchObject([{ value: 8, thread: name }]);
    await connection[Symbol.asyncDispose]();
  });

  it('of a bridge and of an engine', async () => {
    const memory = memoryEngine();
    const nodes = [{ ...memory, ...limits, durable: memory.durable }, memory].map((each, index) => {
      const manager = new SignalManager();
      const receiver = jest.fn(() => index);
      const signal = manager.signal('s');
      const job = manager.signal('job');
      signal.connect(receiver);
      job.connect(receiver);
      const node = new Bridge(manager, each, { namespace: 'n', ...bridge });
      return { manager, signal, job, receiver, node };
    });
    const [first] = nodes;
    for (const { node, signal } of nodes) await node.share(signal, share);
    await Promise.all(nodes.map(({ node }) => node.ready({ nodes: 2, ...ready })));
    expect(await first?.signal.send()).toMatchObject([{ value: 0 }, { value: 1 }]);
    await first?.node.share(first.job, { ...share, group: 'workers', durable: true });
    expect(await first?.job.send()).not.toContainEqual(expect.objectContaining({ status: 'rejected' }));
    await Promise.all(nodes.map(({ node }) => node.close(close)));
  });

  it('of an engine that has durable delivery, and of subscriptions', async () => {
    const connection = { publish: jest.fn(), flush: jest.fn() };
    expect(natsEngine(connection as never, engine).name).toBe('nats');
    expect(redisEngine({ duplicate: jest.fn() } as never, engine).name).toBe('redis');
    for (const each of [memoryEngine(), broadcastEngine()]) {
      const options = { group: undefined, abortSignal: undefined, onError: undefined };
      const subscription = await each.subscribe('subject', jest.fn(), options);
      await subscription[Symbol.asyncDispose]();
    }
  });
});
