import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RedeliverError } from 'signalbox/bridge';
import { natsEngine } from 'signalbox/nats';
import { ASYNC_DISPOSE } from '../../src/internal/dispose.js';
import { type Deferred, deferred, flush } from '../helpers/promises.js';

// A member of a group whose test is the server and the connection: what a server does only now and then.

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'setImmediate', 'nextTick'] }));
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const found = (): Promise<object> => Promise.resolve({ config: { ack_wait: 3e9 } });
const lost = (): Promise<object> => Promise.reject(Object.assign(new Error('not found'), { code: 10_014 }));
const refused = (): Promise<object> => Promise.reject(new Error('refused'));
const newConsumers = () => ({ info: jest.fn(found), add: jest.fn(found), update: jest.fn(found) });
let consumers = newConsumers();
beforeEach(() => void (consumers = newConsumers()));

const jetStream: { client?: object; manager?: object } = {};
const opened = jest.fn();
jest.doMock('@nats-io/jetstream', () => ({
  jetstream: () => jetStream.client,
  jetstreamManager: () => {
    opened();
    return Promise.resolve(jetStream.manager);
  },
}));

type Handle = (data: Uint8Array, id: string, attempt: number | undefined) => Promise<void>;
type Message = ReturnType<typeof message>;

/** A message, and what is said of it. */
function message() {
  const said: unknown[] = [];
  const say =
    (word: string) =>
    (...args: readonly unknown[]): unknown =>
      said.push([word, ...args]);
  return {
    said,
    data: new Uint8Array(),
    info: { deliveryCount: 1 },
    ...{ working: say('working'), ack: say('ack'), nak: say('nak') },
  };
}

/** A member of the group `g` of the stream `s=x`. Its server does not answer a ping while it is silent. */
async function member(onMessage: Handle = () => Promise.resolve(), options?: object) {
  const state = { silent: false };
  const fetches: Deferred<readonly Message[]>[] = [];
  const fetch = jest.fn((_options: object) => {
    fetches.push(deferred());
    return fetches.at(-1)?.promise;
  });
  Object.assign(jetStream, {
    client: { consumers: { get: () => Promise.resolve({ fetch }) } },
    manager: { consumers, streams: { info: () => Promise.resolve({ state: { consumer_count: 1 } }) } },
  });
  const reconnect = jest.fn(() => Promise.resolve());
  let refuse: (subject: string) => void = () => undefined;
  const connection = {
    ...{ options, reconnect, publish: () => undefined },
    flush: () => (state.silent ? new Promise(() => undefined) : Promise.resolve()),
    async *status() {
      for (;;) {
        const subject = await new Promise<string>((resolve) => (refuse = resolve));
        yield { type: 'error', error: Object.assign(new Error(subject), { operation: 'publish', subject }) };
      }
    },
  };
  const told: Error[] = [];
  const onError = (error: unknown): void => void told.push(error as Error);
  const { durable } = natsEngine(connection as never, { redeliverAfterMs: 3_000 });
  const consumer = await durable?.consume('s.x', 'g', onMessage, { onError });
  await flush();
  const answer = async (...messages: readonly Message[]): Promise<void> => {
    fetches.at(-1)?.resolve(messages);
    await flush();
  };
  const pass = async (ms: number): Promise<void> => {
    jest.advanceTimersByTime(ms);
    await flush();
  };
  const fail = async (): Promise<void> => {
    fetches.at(-1)?.reject(new Error('no answer'));
    await flush();
    await pass(500);
    await pass(1_000);
  };
  const end = async (): Promise<void> => {
    fetches.at(-1)?.resolve([]);
    await consumer?.[ASYNC_DISPOSE]();
  };
  const names = () => told.map(({ name }) => name).filter((name) => name !== 'Error');
  return {
    state,
    told,
    names,
    reconnect,
    fetch,
    fetches,
    answer,
    pass,
    fail,
    end,
    consumer,
    refuse: (subject: string) => refuse(subject),
  };
}

describe('a member of a group over JetStream whose requests fail (H9)', () => {
  it('makes a silent connection reconnect each time, and reports that once until the server answers', async () => {
    const { state, told, names, reconnect, answer, fail, end } = await member();
    state.silent = true;
    await fail();
    await fail();
    expect([names(), reconnect.mock.calls.length]).toEqual([['EngineSilentError'], 2]);
    expect(told[0]).toMatchObject({ engine: 'nats', silentMs: 2_000 });
    await answer();
    await fail();
    expect([names(), reconnect.mock.calls.length]).toEqual([['EngineSilentError', 'EngineSilentError'], 3]);
    await end();
  });

  it('leaves a connection alone that answers a ping', async () => {
    const { names, reconnect, fetches, fail, end } = await member();
    await fail();
    expect([names(), reconnect.mock.calls.length, fetches.length]).toEqual([[], 0, 2]);
    await end();
  });

  it('makes its consumer again if the server has lost it, which then gets all messages (H5)', async () => {
    const { fail, end } = await member();
    consumers.info.mockImplementationOnce(refused);
    await fail();
    expect(consumers.add.mock.calls).toEqual([]);
    consumers.info.mockImplementationOnce(lost);
    await fail();
    const config = { durable_name: 'g', deliver_policy: 'all', max_deliver: -1 };
    expect(consumers.add.mock.calls).toEqual([['s=x', expect.objectContaining(config)]]);
    expect(consumers.update.mock.calls).toEqual([]); // its `ack_wait` is right
    await end();
  });

  it('uses a consumer that another member has made meanwhile (H5)', async () => {
    consumers.info.mockImplementationOnce(lost);
    consumers.add.mockImplementationOnce(refused);
    const { fetches, end } = await member();
    expect(fetches).toHaveLength(1);
    await end();
  });

  it('leaves a silent connection alone that would close', async () => {
    const { state, names, reconnect, fetches, fail, end } = await member(undefined, { reconnect: false });
    state.silent = true;
    await fail();
    expect([names(), reconnect.mock.calls.length, fetches.length]).toEqual([['EngineSilentError'], 0, 2]);
    await end();
  });
});

describe('a message from JetStream (H5)', () => {
  it.each<[how: string, error: Error | undefined, last: readonly unknown[]]>([
    ['done', undefined, ['ack']],
    ['refused', new Error('at once'), ['nak', undefined]],
    ['to come again', new RedeliverError(7), ['nak', 7]],
  ])('is said to be handled until it is %s', async (_how, error, last) => {
    const job = deferred();
    const { answer, pass, end } = await member(() => job.promise);
    const one = message();
    await answer(one);
    await pass(999);
    expect(one.said).toEqual([]);
    await pass(1);
    expect(one.said).toEqual([['working']]);
    if (error === undefined) job.resolve();
    else job.reject(error);
    await flush();
    await pass(5_000);
    expect(one.said).toEqual([['working'], last]);
    await end();
  });

  it('is asked for if there is room for it, for a second each time', async () => {
    const job = deferred();
    const { fetch, answer, end } = await member(() => job.promise);
    await answer(message(), message());
    const expires = 1_000;
    expect(fetch.mock.calls).toEqual([[{ max_messages: 32, expires }], [{ max_messages: 30, expires }]]);
    job.resolve();
    await end();
  });

  it('that comes when its member is stopping goes back', async () => {
    const onMessage = jest.fn(() => Promise.resolve());
    const { consumer, answer } = await member(onMessage);
    const ended = consumer?.[ASYNC_DISPOSE]();
    const one = message();
    await answer(one);
    await ended;
    expect([one.said, onMessage.mock.calls]).toEqual([[['nak']], []]);
  });
});

it('jobs of one signal over JetStream take one look at the server and its stream (H5)', async () => {
  opened.mockClear();
  const [publish, info] = [jest.fn(found), jest.fn(found)];
  Object.assign(jetStream, { client: { publish }, manager: { streams: { info } } });
  const { durable } = natsEngine({ publish: () => undefined, flush: () => Promise.resolve() } as never);
  for (const id of ['1', '2']) await durable?.publish('s.x', id, new Uint8Array());
  expect([opened, info, publish].map(({ mock }) => mock.calls.length)).toEqual([1, 1, 2]);
});

it('a refusal by a NATS server is reported once per kind, to the member that it is about, until that ends (H9)', async () => {
  const { told, refuse, end } = await member();
  for (const subject of ['$JS.ACK.s=y.g.1', '$JS.ACK.s=x.g.1', '$JS.ACK.s=x.g.2', '$JS.API.CONSUMER.MSG.NEXT.s=x.g']) {
    refuse(subject);
    await flush();
  }
  const reported = ['$JS.ACK.s=x.g.1', '$JS.API.CONSUMER.MSG.NEXT.s=x.g'];
  expect(told.map(({ message: text }) => text)).toEqual(reported);
  await end();
  refuse('$JS.OTHER.s=x.g.1');
  await flush();
  expect(told.map(({ message: text }) => text)).toEqual(reported);
});
