import { afterEach, describe, expect, it } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { type MqttClient, connectAsync } from 'mqtt';
import { type Packet, generate, parser } from 'mqtt-packet';
import { SignalManager } from 'signalbox';
import { Bridge } from 'signalbox/bridge';
import { mqttEngine } from 'signalbox/mqtt';
import { MqttRefusals } from '../../src/bridge/engines/mqtt-refusals.js';
import { rejectionOf } from '../helpers/promises.js';

type Version = 4 | 5;
const NOT_AUTHORIZED = 135;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A broker that refuses what the test says. The one of the other tests has neither MQTT 5 nor reasons. */
async function broker(protocolVersion: Version) {
  const state = { refused: '', connections: 0, granted: [] as string[] };
  let changed = (): void => undefined;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    const answer = (packet: Packet) => socket.write(generate(packet, { protocolVersion }));
    const isRefused = (topic: string) => state.refused !== '' && topic.includes(state.refused);
    const incoming = parser({ protocolVersion }).on('packet', (packet) => {
      if (packet.cmd === 'connect') {
        state.connections += 1;
        state.granted = [];
        answer({ cmd: 'connack', reasonCode: 0, returnCode: 0, sessionPresent: false });
      }
      if (packet.cmd === 'subscribe') {
        const refusal = protocolVersion === 5 ? NOT_AUTHORIZED : 128;
        const granted = packet.subscriptions.map(({ topic }) => (isRefused(topic) ? refusal : 0));
        answer({ cmd: 'suback', messageId: packet.messageId ?? 0, granted });
        state.granted.push(...packet.subscriptions.map(({ topic }) => topic).filter((topic) => !isRefused(topic)));
        changed();
      }
      if (packet.cmd === 'unsubscribe') {
        answer({ cmd: 'unsuback', messageId: packet.messageId ?? 0, granted: [0] });
      }
      if (packet.cmd === 'publish' && packet.topic === 'forbidden') {
        answer({ cmd: 'disconnect', reasonCode: NOT_AUTHORIZED });
        socket.end();
      }
    });
    socket.on('data', (data) => incoming.parse(data));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const reset = () => {
    for (const socket of sockets) socket.destroy();
  };
  /** Resolves when each of these texts is in a topic that the present connection has subscribed to. */
  const granted = async (...texts: readonly string[]) => {
    while (!texts.every((text) => state.granted.some((topic) => topic.includes(text)))) {
      await new Promise<void>((resolve) => (changed = resolve));
    }
  };
  return { state, port, reset, granted };
}

/** Nodes over one client, what their `onError` has been told, and a way to wait for that. */
async function nodes(port: number, protocolVersion: Version) {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion, reconnectPeriod: 10 });
  client.on('error', () => undefined);
  ends.push(() => client.endAsync(true));
  const node = (name: string) => {
    const errors: unknown[] = [];
    let noticed = (): void => undefined;
    const onError = (error: unknown): void => {
      errors.push(error);
      noticed();
    };
    const manager = new SignalManager({ onError: null });
    const bridge = new Bridge(manager, mqttEngine(client), { namespace: 'shop', node: name, onError });
    ends.push(() => bridge.close({ timeoutMs: 0 }));
    const atLeast = async (count: number) => {
      while (errors.length < count) await new Promise<void>((resolve) => (noticed = resolve));
      return [...errors];
    };
    return { bridge, x: manager.signal('x'), errors, atLeast };
  };
  return { client, node };
}

const refused = (what: string, reasonCode: number) => ({
  name: 'EngineRefusedError',
  code: 'ERR_ENGINE_REFUSED',
  engine: 'mqtt',
  reasonCode,
  message: `The server of the engine mqtt refused ${what}: reason code ${reasonCode}`,
});

describe.each([4, 5] as const)('a broker of MQTT, version %d of the protocol', (version) => {
  const reasonCode = version === 5 ? NOT_AUTHORIZED : 128;

  it('that refuses a subscription has `share` reject, and tells nobody twice (H9)', async () => {
    const { state, port } = await broker(version);
    const { node } = await nodes(port, version);
    const [a, b] = [node('a'), node('b')];
    await b.bridge.share(b.x);
    state.refused = 'signalbox/shop/node/a';
    expect(await rejectionOf(a.bridge.share(a.x))).toEqual(
      new Error(`Subscribe error: ${version === 5 ? 'Not authorized' : 'Unspecified error'}`),
    );
    expect([a.errors, b.errors]).toEqual([[], []]);
  });

  it('that refuses one after a reconnect has the nodes told that have it, once; the next one tries again (H9)', async () => {
    const { state, port, reset, granted } = await broker(version);
    const { node } = await nodes(port, version);
    const [a, b] = [node('a'), node('b')];
    for (const { bridge, x } of [a, b]) await bridge.share(x);
    state.refused = 'signalbox/shop/node/a';
    reset();
    const [error] = await a.atLeast(1);
    const inbox =
      /^The server of the engine mqtt refused the subscription of "signalbox\/shop\/node\/a\/[0-9a-f]{16}": /;
    expect(error).toMatchObject({ ...refused('', reasonCode), message: expect.stringMatching(inbox) });
    expect(b.errors).toEqual([]);
    state.refused = '';
    reset();
    await granted('/node/a/', '/node/b/', '/calls', '/presence');
    state.refused = 'signalbox/shop/presence';
    reset();
    const presence = refused('the subscription of "signalbox/shop/presence"', reasonCode);
    expect((await a.atLeast(2)).slice(1)).toMatchObject([presence]);
    expect(await b.atLeast(1)).toMatchObject([presence]);
  });

  it('is listened to while there is a subscription only, however many bridges there are (H8)', async () => {
    const { port } = await broker(version);
    const { client, node } = await nodes(port, version);
    const listeners = () =>
      ['message', 'connect', 'packetsend', 'packetreceive'].map((name) => client.listenerCount(name as 'connect'));
    const before = listeners();
    const all = ['a', 'b', 'c'].map(node);
    for (const { bridge, x } of all) await bridge.share(x);
    expect(listeners()).toEqual(before.map((count) => count + 1));
    for (const { bridge } of all) await bridge.close({ timeoutMs: 0 });
    expect(listeners()).toEqual(before);
  });
});

it('a broker of MQTT 5 that ends the connection for a publication has each node told its reason, once (H9)', async () => {
  const { state, port } = await broker(5);
  const { client, node } = await nodes(port, 5);
  const [a, b] = [node('a'), node('b')];
  for (const { bridge, x } of [a, b]) await bridge.share(x);
  const { connections } = state;
  const next = (event: 'close' | 'connect') => new Promise<unknown>((resolve) => client.once(event, resolve));
  for (let time = 0; time < 3; time++) {
    const ended = next('close');
    await client.publishAsync('forbidden', 'text');
    await ended;
    if (!client.connected) await next('connect');
  }
  expect(state.connections).toBe(connections + 3);
  const told = [expect.objectContaining(refused('the connection', NOT_AUTHORIZED))];
  expect([a.errors, b.errors]).toEqual([told, told]);
});

it('an answer counts for what was asked over the same connection only (H9)', () => {
  const client = new EventEmitter();
  const errors: unknown[] = [];
  new MqttRefusals(client as unknown as MqttClient).watch('ours', (error) => errors.push(error));
  const ask = (topic: string) =>
    client.emit('packetsend', { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic }] });
  const refuse = () => client.emit('packetreceive', { cmd: 'suback', messageId: 1, granted: [128] });
  ask('ours');
  client.emit('packetsend', { cmd: 'connect' });
  refuse();
  ask('other');
  refuse();
  expect(errors).toEqual([]);
  ask('ours');
  refuse();
  expect(errors).toMatchObject([refused('the subscription of "ours"', 128)]);
});
