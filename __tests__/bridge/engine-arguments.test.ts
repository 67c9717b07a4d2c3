import { describe, expect, it } from '@jest/globals';
import { broadcastEngine } from 'signalbox/broadcast';
import { mqttEngine } from 'signalbox/mqtt';
import { natsEngine } from 'signalbox/nats';
import { redisEngine } from 'signalbox/redis';
import { errorOf } from '../helpers/promises.js';

const connection = { publish: () => undefined, flush: () => undefined };
const client = { duplicate: () => undefined };

describe('bad arguments of an engine', () => {
  it.each([
    [
      'broadcast',
      () => broadcastEngine('name' as never),
      'Expected `channel` to be a BroadcastChannel, got string "name"',
    ],
    ['mqtt', () => mqttEngine('mqtt://' as never), 'Expected `client` to be a client of mqtt, got string "mqtt://"'],
    [
      'nats',
      () => natsEngine({} as never),
      'Expected `connection` to be a connection of @nats-io/nats-core, got object',
    ],
    [
      'redis',
      () => redisEngine(undefined as never),
      'Expected `client` to be a client of @redis/client, got undefined',
    ],
    [
      'nats',
      () => natsEngine(connection as never, { redeliverAfterMs: 999 }),
      'Expected `redeliverAfterMs` to be 1000 or more, got number 999',
    ],
    [
      'redis',
      () => redisEngine(client as never, { redeliverAfterMs: '1' as never }),
      'Expected `redeliverAfterMs` to be a number of finite milliseconds, 0 or more, got string "1"',
    ],
    ['redis', () => redisEngine(client as never, { redeliver: 1 } as never), 'Unknown option `redeliver` of an engine'],
  ])('%s: %#', (_engine, make, message) => {
    expect(String(errorOf(make))).toContain(message);
  });
});
