import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type NatsConnection, connect as connectNats } from '@nats-io/transport-node';
import { createClient } from '@redis/client';
import { connectAsync as connectMqtt } from 'mqtt';
import { SignalManager } from 'signalbox';
import { Bridge, ConsumerError, type Engine } from 'signalbox/bridge';
import { mqttEngine } from 'signalbox/mqtt';
import { natsEngine } from 'signalbox/nats';
import { redisEngine } from 'signalbox/redis';
import { Broker, isMissing } from '../helpers/brokers.js';
import { root } from '../helpers/package.js';
import { rejectionOf } from '../helpers/promises.js';

// Servers with users that may do this and not that (H9).

const bridges: Bridge[] = [];
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const bridge of bridges.splice(0)) await bridge.close().catch(() => undefined);
  for (const end of ends.splice(0)) await end();
});

/** A node, what its `onError` has been told, and a way to wait for that. */
function node(name: string, engine: Engine) {
  const errors: unknown[] = [];
  let noticed = (): void => undefined;
  const onError = (error: unknown): void => {
    errors.push(error);
    noticed();
  };
  const error = async (matches: (error: unknown) => boolean): Promise<unknown> => {
    for (;;) {
      const found = errors.find(matches);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (noticed = resolve));
    }
  };
  const manager = new SignalManager({ onError: null });
  const bridge = new Bridge(manager, engine, { namespace: 'shop', node: name, onError });
  bridges.push(bridge);
  return { bridge, x: manager.signal<{ n: number }>('x'), errors, error };
}

type Node = ReturnType<typeof node>;

/** The rights in a table of the guide, by rows and columns: what stands there as code. */
function rightsInGuide(engine: string): readonly (readonly string[])[][] {
  const [, after = ''] = readFileSync(path.join(root, 'guide/bridge.md'), 'utf8').split(`\n### ${engine}\n`);
  const [section = ''] = after.split('\n### ');
  const rows = section.split('\n').filter((line) => /^\| (every node|besides)/.test(line));
  const codes = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, code = '']) => code.split(' '));
  const named = (code: string) => code.replaceAll('<namespace>', 'shop').replaceAll('\\|', '|');
  return rows.map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(2, -1)
      .map((cell) => codes(cell).map(named)),
  );
}

/** One job after the other: what the server says to the acknowledgement of the first one comes before the second one. */
async function takesJobs(sender: Node, taker: Node): Promise<void> {
  for (const n of [2, 3]) {
    const done = new Promise((resolve) => taker.x.connect((kwargs) => resolve(kwargs.n)));
    expect(await sender.x.send({ n })).toEqual([]);
    expect(await done).toBe(n);
    await new Promise(setImmediate);
  }
}

const job = { durable: true };
const worker = { durable: true, group: 'g' };
const includes = (text: string) => (error: unknown) => String(error).includes(text);

(isMissing('nats') ? describe.skip : describe)('a user of NATS', () => {
  const subjects = (column: number) =>
    JSON.stringify(
      rightsInGuide('NATS')
        .flatMap((row) => row[column] ?? [])
        .filter((each) => each.endsWith('>')),
    );
  const RIGHTS = `publish: ${subjects(0)}, subscribe: ${subjects(1)}`;
  const user = (name: string, permissions: string) => `{ user: ${name}, password: p, permissions: { ${permissions} } }`;
  const broker = new Broker(
    'nats',
    `authorization { users: [
      ${user('node', RIGHTS)}
      ${user('deaf', 'publish: ">", subscribe: "_INBOX.>"')}
      ${user('mute', 'publish: "$JS.API.>", subscribe: ">"')}
      ${user('unacked', 'publish: { deny: "$JS.ACK.>" }, subscribe: ">"')}
      ${user('unasked', 'publish: { deny: "$JS.API.CONSUMER.MSG.NEXT.>" }, subscribe: ">"')}
      ${user('unanswered', 'publish: ">", subscribe: "signalbox.>"')}
    ] }`,
  );
  beforeAll(() => broker.start());
  afterAll(() => broker.stop());
  const connect = async (name: string): Promise<NatsConnection> => {
    const connection = await connectNats({ servers: `127.0.0.1:${broker.port}`, user: name, pass: 'p' });
    ends.push(() => connection.close());
    return connection;
  };
  const engine = async (name: string) => natsEngine(await connect(name), { redeliverAfterMs: 1_000 });

  it('with the rights of the documentation shares, sends and takes jobs, and nothing is refused', async () => {
    const [a, b] = [node('a', await engine('node')), node('b', await engine('node'))];
    for (const { bridge, x } of [a, b]) await bridge.share(x);
    for (const { bridge } of [a, b]) await bridge.ready({ nodes: 2 });
    b.x.connect(({ n }) => n + 1);
    await a.bridge.ready({ nodes: 2 });
    expect(await a.x.send({ n: 1 })).toMatchObject([{ node: 'b', value: 2 }]);

    const [sender, taker] = [node('c', await engine('node')), node('d', await engine('node'))];
    await taker.bridge.share(taker.x, { ...worker, maxAttempts: 1 });
    await sender.bridge.share(sender.x, job);
    await takesJobs(sender, taker);
    expect([a, b, sender, taker].flatMap(({ errors }) => errors)).toEqual([]);
  });

  it('that may not subscribe has its share rejected', async () => {
    const { bridge, x } = node('a', await engine('deaf'));
    expect(String(await rejectionOf(bridge.share(x)))).toContain('Permissions Violation for Subscription');
  });

  it('that may not publish is told so, once per subject', async () => {
    const { bridge, x, errors, error } = node('a', await engine('mute'));
    await bridge.share(x);
    expect(String(await error(includes('Publish')))).toContain('"signalbox.shop.presence"');
    expect(errors).toHaveLength(1);
  });

  it('that may not publish has its jobs rejected', async () => {
    const { bridge, x } = node('a', await engine('mute'));
    await bridge.share(x, job);
    expect(String((await x.send({ n: 1 })).map((result) => 'reason' in result && result.reason))).toContain(
      'signalbox.shop',
    );
  });

  it('that may not acknowledge or ask for jobs is told so', async () => {
    for (const name of ['unacked', 'unasked']) {
      const { bridge, x, error } = node(name, await engine(name));
      x.connect(() => undefined);
      await bridge.share(x, worker);
      await x.send({ n: 1 });
      const told = await error((each) => each instanceof ConsumerError);
      expect(told).toMatchObject({ signal: 'x', group: 'g' });
      expect(String(told)).toContain(name === 'unacked' ? '$JS.ACK.' : '$JS.API.CONSUMER.MSG.NEXT.');
    }
  });

  it('that may not hear answers has the share of its jobs rejected', async () => {
    const { bridge, x } = node('a', await engine('unanswered'));
    expect(String(await rejectionOf(bridge.share(x, worker)))).toContain('_INBOX');
  });
});

(isMissing('redis') ? describe.skip : describe)('a user of Redis', () => {
  const broker = new Broker('redis');
  let admin: ReturnType<typeof createClient>;
  const [live, sending, taking] = rightsInGuide('Redis').map((row) => row.flat());
  const RIGHTS = [live, sending, taking].flatMap((each) => each ?? []);
  const USERS = {
    live: [...(live ?? [])],
    sender: [...(live ?? []), ...(sending ?? [])],
    node: RIGHTS,
    deaf: [...RIGHTS, '-subscribe'],
    mute: [...RIGHTS, '-publish', '-xadd'],
    unacked: [...RIGHTS, '-xack'],
    unasked: [...RIGHTS, '-xreadgroup'],
  };
  beforeAll(async () => {
    await broker.start();
    admin = createClient({ url: `redis://127.0.0.1:${broker.port}` });
    await admin.connect();
    for (const [name, rights] of Object.entries(USERS)) {
      await admin.sendCommand(['ACL', 'SETUSER', name, 'on', '>p', 'resetchannels', ...rights]);
    }
  });
  afterAll(async () => {
    admin.destroy();
    await broker.stop();
  });
  const engine = async (name: keyof typeof USERS) => {
    const client = createClient({ socket: { port: broker.port }, username: name, password: 'p' });
    await client.connect();
    ends.push(() => client.destroy());
    return redisEngine(client as never, { redeliverAfterMs: 1_000 });
  };

  it('with the rights of the documentation shares, sends and takes jobs, and nothing is refused', async () => {
    const [a, b] = [node('a', await engine('live')), node('b', await engine('live'))];
    for (const { bridge, x } of [a, b]) await bridge.share(x);
    for (const { bridge } of [a, b]) await bridge.ready({ nodes: 2 });
    b.x.connect(({ n }) => n + 1);
    await a.bridge.ready({ nodes: 2 });
    expect(await a.x.send({ n: 1 })).toMatchObject([{ node: 'b', value: 2 }]);

    const [sender, taker] = [node('c', await engine('sender')), node('d', await engine('node'))];
    await taker.bridge.share(taker.x, { ...worker, maxAttempts: 1 });
    await sender.bridge.share(sender.x, job);
    await takesJobs(sender, taker);
    expect([a, b, sender, taker].flatMap(({ errors }) => errors)).toEqual([]);
  });

  it('that may not subscribe has its share rejected', async () => {
    const { bridge, x } = node('a', await engine('deaf'));
    expect(String(await rejectionOf(bridge.share(x)))).toContain('NOPERM');
  });

  it('that may not publish is told so, and has its jobs rejected', async () => {
    const { bridge, x, error } = node('a', await engine('mute'));
    await bridge.share(x, job);
    await error(includes('NOPERM'));
    expect(String((await x.send({ n: 1 })).map((result) => 'reason' in result && result.reason))).toContain('NOPERM');
  });

  it('that may not acknowledge or ask for jobs is told so', async () => {
    for (const name of ['unacked', 'unasked'] as const) {
      const { bridge, x, error } = node(name, await engine(name));
      let calls = 0;
      x.connect((_kwargs, { delivery }) => void (calls += delivery === undefined ? 0 : 1));
      await bridge.share(x, worker);
      await x.send({ n: 1 });
      const told = await error((each) => each instanceof ConsumerError);
      expect(told).toMatchObject({ signal: 'x', group: 'g' });
      expect(String(told)).toContain(name === 'unacked' ? "'xack'" : "'xreadgroup'");
      expect(calls).toBe(name === 'unacked' ? 1 : 0);
    }
  });
});

(isMissing('mqtt') ? describe.skip : describe)('a client of an MQTT broker', () => {
  const broker = new Broker('mqtt');
  beforeAll(() => broker.start());
  afterAll(() => broker.stop());

  it('that may not subscribe has its share rejected (SUBACK 128)', async () => {
    const options = { protocolVersion: 4, clientId: 'deaf' } as const;
    const client = await connectMqtt(`mqtt://127.0.0.1:${broker.port}`, options);
    ends.push(() => client.endAsync(true));
    const { bridge, x } = node('a', mqttEngine(client));
    expect(String(await rejectionOf(bridge.share(x)))).toContain('Subscribe error');
  });
});
