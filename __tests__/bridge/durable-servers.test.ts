import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { type NatsConnection, connect } from '@nats-io/transport-node';
import { createClient } from '@redis/client';
import { type Engine, RedeliverError } from 'signalbox/bridge';
import { natsEngine } from 'signalbox/nats';
import { redisEngine } from 'signalbox/redis';
import { ASYNC_DISPOSE } from '../../src/internal/dispose.js';
import { Broker, isMissing } from '../helpers/brokers.js';
import { deferred, rejectionOf } from '../helpers/promises.js';

// What the stores of a server may have besides: other people's entries, groups that are gone, what all groups have had.

const bytes = (text: string) => new TextEncoder().encode(text);
const open: AsyncDisposable[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  for (const each of open.splice(0)) await each[ASYNC_DISPOSE]();
});

type Message = readonly [data: string, id: string, attempt: number | undefined];

/** What comes to a group, one after the other. */
async function consuming(
  engine: Engine,
  subject: string,
  onEach: (...message: Message) => unknown = () => undefined,
  group = 'g',
) {
  const waiting: ((message: Message) => void)[] = [];
  const come: Message[] = [];
  const consumer = await engine.durable?.consume(subject, group, async (data, id, attempt) => {
    const message = [new TextDecoder().decode(data), id, attempt] as const;
    const next = waiting.shift();
    if (next === undefined) come.push(message);
    else next(message);
    await onEach(...message);
  });
  if (consumer === undefined) throw new Error('no durable delivery');
  open.push(consumer);
  const next = async (): Promise<Message> => come.shift() ?? new Promise<Message>((resolve) => waiting.push(resolve));
  return { consumer, next };
}

/** Has what is due every minute done when the test says so. */
function minutes() {
  const due: (() => unknown)[] = [];
  const real = { setTimeout, setInterval };
  for (const name of ['setTimeout', 'setInterval'] as const) {
    jest.spyOn(globalThis, name).mockImplementation(((task: () => unknown, ms: number) => {
      if (ms !== 60_000) return real[name](task, ms);
      due.push(task);
      return real.setTimeout(() => undefined, 0);
    }) as never);
  }
  return () => {
    for (const task of due.splice(0)) task();
  };
}

/** Asks until it is so: what a server does in its own time. */
async function until(is: () => Promise<boolean>): Promise<void> {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const reached = (asking: Promise<unknown>): Promise<boolean> =>
  asking.then(
    () => true,
    () => false,
  );

const describeIf = (kind: 'nats' | 'redis') => (isMissing(kind) ? describe.skip : describe);

describeIf('redis')('durable delivery over Redis Streams (H5)', () => {
  const broker = new Broker('redis');
  let client: ReturnType<typeof createClient>;
  let engine: Engine;
  beforeAll(async () => {
    await broker.start();
    client = createClient({ url: `redis://127.0.0.1:${broker.port}` });
    client.on('error', () => undefined); // the server is away
    await client.connect();
    engine = redisEngine(client as never);
  });
  afterAll(async () => {
    client.destroy();
    await broker.stop();
  });

  const connections = async (): Promise<number> => {
    const list = (await client.sendCommand(['CLIENT', 'LIST'])) as unknown as string;
    return list.trim().split('\n').length;
  };

  it('rejects, and leaves no connection open, where the subject is something else than a stream', async () => {
    await client.set('taken', 'text');
    const before = await connections();
    expect(String(await rejectionOf(consuming(engine, 'taken')))).toContain('WRONGTYPE');
    await until(async () => (await connections()) === before);
  });

  it('hands over an entry of somebody else as one without data', async () => {
    const { next } = await consuming(engine, 'foreign');
    await client.sendCommand(['XADD', 'foreign', '*', 'colour', 'red']);
    expect(await next()).toEqual(['', 'red', 1]);
  });

  it('does not take again what has been acknowledged by somebody else meanwhile', async () => {
    const acknowledged = deferred();
    const { next } = await consuming(engine, 'acked', async (data) => {
      if (data !== 'one') return;
      const [[key]] = (await client.sendCommand(['XPENDING', 'acked', 'g', '-', '+', '1'])) as unknown as [[string]];
      await client.sendCommand(['XACK', 'acked', 'g', key]);
      acknowledged.resolve();
      throw new RedeliverError(0);
    });
    await engine.durable?.publish('acked', '1', bytes('one'));
    expect(await next()).toEqual(['one', '1', 1]);
    await acknowledged.promise;
    for (const id of ['2', '3', '4', '5']) {
      await engine.durable?.publish('acked', id, bytes('more'));
      expect(await next()).toEqual(['more', id, 1]);
    }
  });

  it('makes its group again, and misses nothing, where the server has come back without it', async () => {
    const { next } = await consuming(engine, 'gone');
    await client.del('gone');
    await engine.durable?.publish('gone', '1', bytes('one'));
    expect(await next()).toEqual(['one', '1', 1]);
  });

  it('goes on after its connections have been cut', async () => {
    const { next } = await consuming(engine, 'cut');
    await client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
    await engine.durable?.publish('cut', '1', bytes('one'));
    expect((await next()).slice(0, 2)).toEqual(['one', '1']);
  });

  it('has what a member gives back at its end go to the next one at once', async () => {
    const held = deferred();
    const leaving = await consuming(engine, 'given', () => held.promise);
    await engine.durable?.publish('given', '1', bytes('one'));
    await leaving.next();
    const ended = leaving.consumer[ASYNC_DISPOSE]();
    held.reject(new RedeliverError(0));
    await ended;
    const { next } = await consuming(engine, 'given');
    expect(await next()).toEqual(['one', '1', 2]);
  });

  it('has what waits for its retry at a member that ends go to the next one when its delay has passed', async () => {
    // Nothing here is taken over because its member is silent.
    const patient = redisEngine(client as never, { redeliverAfterMs: 3_600_000 });
    const leaving = await consuming(patient, 'retried', () => Promise.reject(new RedeliverError(100)));
    await patient.durable?.publish('retried', '1', bytes('one'));
    await leaving.next();
    await leaving.consumer[ASYNC_DISPOSE]();
    const silent = ['XPENDING', 'retried', 'g', 'IDLE', '3600000', '-', '+', '1'];
    await until(async () => ((await client.sendCommand(silent)) as unknown as unknown[]).length > 0);
    const { next } = await consuming(patient, 'retried');
    expect(await next()).toEqual(['one', '1', 2]);
  });

  it('ends though the server is away, which gets no acknowledgement', async () => {
    const held = deferred();
    const { consumer, next } = await consuming(engine, 'away', () => held.promise);
    await engine.durable?.publish('away', '1', bytes('one'));
    await next();
    await broker.kill();
    held.resolve();
    await consumer[ASYNC_DISPOSE]();
    await broker.start();
    await until(() => reached(client.ping()));
  });

  it('removes what every group has had, and nothing that one still needs', async () => {
    const pass = minutes();
    const held = deferred();
    const { next } = await consuming(engine, 'tidy', (data) => (data === 'held' ? held.promise : undefined));
    const keys = ['9-2', '9-10', '10-1'];
    for (const [n, key] of keys.entries()) {
      await client.sendCommand(['XADD', 'tidy', key, 'id', String(n), 'data', n === 1 ? 'held' : 'done']);
      await next();
    }
    await client.sendCommand(['XGROUP', 'CREATE', 'tidy', 'idle', '$']);
    const left = async () => ((await client.xRange('tidy', '-', '+')) as { id: string }[]).map(({ id }) => id);
    await until(async () => {
      pass();
      return (await left()).length < 3;
    });
    expect(await left()).toEqual(['9-10', '10-1']);
    held.resolve();
  });
});

describeIf('nats')('durable delivery over JetStream (H5)', () => {
  const broker = new Broker('nats');
  let connection: NatsConnection;
  let engine: Engine;
  beforeAll(async () => {
    await broker.start();
    const reconnect = { maxReconnectAttempts: -1, reconnectTimeWait: 100 };
    connection = await connect({ servers: `127.0.0.1:${broker.port}`, ...reconnect });
    engine = natsEngine(connection);
  });
  afterAll(async () => {
    await connection.close();
    await broker.stop();
  });

  it('uses a stream that you made as it is', async () => {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 's=mine', subjects: ['s.mine'], description: 'mine' });
    const { next } = await consuming(engine, 's.mine');
    await engine.durable?.publish('s.mine', '1', bytes('one'));
    expect(await next()).toEqual(['one', '1', 1]);
    expect((await manager.streams.info('s=mine')).config.description).toBe('mine');
  });

  it.each([
    ['old', 'fulfilled', 'two'],
    ['new', 'rejected', 'one'],
  ] as const)('uses one with limits as the guide says: `discard: %s`', async (discard, second, kept) => {
    const manager = await jetstreamManager(connection);
    const subject = `s.limited-${discard}`;
    await manager.streams.add({ name: subject.replace('.', '='), subjects: [subject], max_msgs: 1, discard });
    await engine.durable?.publish(subject, '1', bytes('one'));
    const [outcome] = await Promise.allSettled([engine.durable?.publish(subject, '2', bytes('two'))]);
    expect(outcome.status).toBe(second);
    const { next } = await consuming(engine, subject);
    expect((await next())[0]).toBe(kept);
    expect((await manager.consumers.info(subject.replace('.', '='), 'g')).num_pending).toBe(0);
  });

  it('rejects what the server refuses, and tries again the next time', async () => {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'other', subjects: ['s.overlap'] });
    const refused = async () =>
      String(await rejectionOf(engine.durable?.publish('s.overlap', '1', bytes('one')) as Promise<void>));
    expect(await refused()).toContain('overlap');
    await manager.streams.delete('other');
    await engine.durable?.publish('s.overlap', '1', bytes('one'));
    expect(
      String(await rejectionOf(engine.durable?.publish('s.bad name', '1', bytes('one')) as Promise<void>)),
    ).toContain('Error');
  });

  it('hands over a message of somebody else as one without an id', async () => {
    const { next } = await consuming(engine, 's.foreign');
    await jetstream(connection).publish('s.foreign', bytes('hello'));
    expect(await next()).toEqual(['hello', '', 1]);
  });

  it('removes what every group has had, and nothing where there is no group any more', async () => {
    const pass = minutes();
    const { next } = await consuming(engine, 's.tidy');
    const manager = await jetstreamManager(connection);
    const left = async () => (await manager.streams.info('s=tidy')).state.messages;
    const floor = async () => (await manager.consumers.info('s=tidy', 'g')).ack_floor.stream_seq;
    for (const id of ['1', '2']) {
      await engine.durable?.publish('s.tidy', id, bytes(id));
      await next();
    }
    await until(async () => (await floor()) === 2);
    pass();
    await until(async () => (await left()) === 0);

    // Its members make the consumer again, but not at once.
    const again = await consuming(engine, 's.tidy');
    await manager.consumers.delete('s=tidy', 'g');
    await engine.durable?.publish('s.tidy', '3', bytes('3'));
    pass();
    expect(await Promise.race([next(), again.next()])).toEqual(['3', '3', 1]);
  });

  it('removes nothing that one group still needs', async () => {
    const pass = minutes();
    const held = deferred();
    const [all, one] = [
      await consuming(engine, 's.needed'),
      await consuming(engine, 's.needed', (data) => (data === '1' ? undefined : held.promise), 'h'),
    ];
    const manager = await jetstreamManager(connection);
    for (const id of ['1', '2', '3']) {
      await engine.durable?.publish('s.needed', id, bytes(id));
      await Promise.all([all.next(), one.next()]);
    }
    const floor = async (group: string) => (await manager.consumers.info('s=needed', group)).ack_floor.stream_seq;
    await until(async () => (await floor('g')) === 3 && (await floor('h')) === 1);
    const first = async () => (await manager.streams.info('s=needed')).state.first_seq;
    pass();
    await until(async () => (await first()) > 1);
    held.resolve();
    expect(await first()).toBe(2);
  });

  it('makes its consumer again, and misses nothing, where the server has lost it', async () => {
    const manager = await jetstreamManager(connection);
    const { next } = await consuming(engine, 's.lost');
    await manager.consumers.delete('s=lost', 'g');
    await engine.durable?.publish('s.lost', '1', bytes('one'));
    expect(await next()).toEqual(['one', '1', 1]);
  });

  it('makes the stream again, and misses nothing, where the server has lost that', async () => {
    const manager = await jetstreamManager(connection);
    const { next } = await consuming(engine, 's.gone');
    await manager.streams.delete('s=gone');
    await engine.durable?.publish('s.gone', '1', bytes('one'));
    expect(await next()).toEqual(['one', '1', 1]);
  });

  it('has new members where the server has lost the stream that it had', async () => {
    const manager = await jetstreamManager(connection);
    await engine.durable?.publish('s.new', '1', bytes('one'));
    await manager.streams.delete('s=new');
    const { next } = await consuming(engine, 's.new');
    await engine.durable?.publish('s.new', '2', bytes('two'));
    expect(await next()).toEqual(['two', '2', 1]);
  });

  it('goes on where the server has come back without all that it had', async () => {
    const { next } = await consuming(engine, 's.empty');
    await broker.loseAll();
    await engine.durable?.publish('s.empty', '1', bytes('one'));
    expect(await next()).toEqual(['one', '1', 1]);
  });

  it('ends though the server is away', async () => {
    const { consumer, next } = await consuming(engine, 's.away');
    await engine.durable?.publish('s.away', '1', bytes('one'));
    await next();
    await broker.kill();
    await consumer[ASYNC_DISPOSE]();
    await broker.start();
    await until(() => reached(connection.flush()));
  });

  it('takes a consumer as it is, but for how long a member may be silent', async () => {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 's=made', subjects: ['s.made'] });
    const own = { ack_policy: 'explicit', deliver_policy: 'all', max_ack_pending: 7 } as const;
    await manager.consumers.add('s=made', { durable_name: 'g', ack_wait: 1e9, ...own });
    for (const redeliverAfterMs of [2_000, 3_000]) {
      await consuming(natsEngine(connection, { redeliverAfterMs }), 's.made');
      const { config } = await manager.consumers.info('s=made', 'g');
      expect(config).toMatchObject({ ...own, ack_wait: redeliverAfterMs * 1e6 });
    }
  });

  it('rejects what the server refuses of its consumer', async () => {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 's=full', subjects: ['s.full'], max_consumers: 1 });
    await manager.consumers.add('s=full', { durable_name: 'other', ack_policy: 'explicit' });
    expect(String(await rejectionOf(consuming(engine, 's.full')))).toContain('maximum consumers limit');
  });
});
