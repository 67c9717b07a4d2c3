import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type NatsConnection, connect } from '@nats-io/transport-node';
import { SignalManager } from 'signalbox';
import { Bridge, type Engine } from 'signalbox/bridge';
import { natsEngine } from 'signalbox/nats';
import { ASYNC_DISPOSE } from '../../src/internal/dispose.js';
import { Broker, isMissing } from '../helpers/brokers.js';
import { deferred, flush, rejectionOf } from '../helpers/promises.js';

// What JetStream's deliveries do when a connection is closed under them, or a server that was not ready is.

const bytes = (text: string) => new TextEncoder().encode(text);

function durableOf(connection: NatsConnection): NonNullable<Engine['durable']> {
  const { durable } = natsEngine(connection, { redeliverAfterMs: 1_000 });
  if (durable === undefined) throw new Error('no durable delivery');
  return durable;
}

(isMissing('nats') ? describe.skip : describe)('durable delivery over JetStream (H5)', () => {
  const broker = new Broker('nats');
  const open = () => connect({ servers: `127.0.0.1:${broker.port}` });
  beforeAll(() => broker.start());
  afterAll(() => broker.stop());
  afterEach(() => void jest.restoreAllMocks());

  /** As some clients do: others say nothing. */
  const throwWhatIsTold = (connection: NatsConnection) => {
    const { protocol } = connection as unknown as { readonly protocol: { publish: () => void } };
    jest.spyOn(protocol, 'publish').mockImplementation(() => {
      throw new Error('closed connection');
    });
  };

  /** What the second delivery is counted as, of a message whose first one is under way when its connection is closed. */
  const countedAfterClose = async (subject: string, isRefused: boolean) => {
    const [here, elsewhere] = [await open(), await open()];
    const again = deferred<number | undefined>();
    const handled = deferred();
    const first = await durableOf(here).consume(subject, 'g', async () => {
      await here.close();
      throwWhatIsTold(here);
      handled.resolve();
      await again.promise; // which takes longer than its server waits for a sign of work
      if (isRefused) throw new Error('refused');
    });
    await durableOf(elsewhere).publish(subject, 'id', bytes('1'));
    await handled.promise;
    const second = await durableOf(elsewhere).consume(subject, 'g', async (_data, _id, attempt) =>
      again.resolve(attempt),
    );
    const attempt = await again.promise;
    await flush(); // nothing is thrown where nobody could catch it
    await Promise.all([first[ASYNC_DISPOSE](), second[ASYNC_DISPOSE]()]);
    await elsewhere.close();
    return attempt;
  };

  it.each(['done with', 'refused'])(
    'comes again, elsewhere, if it is %s when its connection is closed',
    async (how) => {
      const subject = `closed.${how.slice(0, 4)}`;
      let attempt = await countedAfterClose(subject, how === 'refused');
      // nats-server 2.9 counts from 1 again if a message is due again at the moment when the last request has run out.
      for (let round = 1; round < 5 && attempt === 1; round += 1) {
        attempt = await countedAfterClose(`${subject}.${round}`, how === 'refused');
      }
      expect(attempt).toBe(2);
    },
    60_000,
  );

  it('is tried again with the next delivery where JetStream was not ready for the first one', async () => {
    const connection = await open();
    let ready = false;
    const flaky = Object.assign(Object.create(connection) as NatsConnection, {
      request: (...args: Parameters<NatsConnection['request']>) =>
        ready ? connection.request(...args) : Promise.reject(new Error('no responders')),
    });
    const durable = durableOf(flaky);
    expect(await rejectionOf(durable.publish('ready', '1', bytes('1')))).toEqual(new Error('no responders'));
    ready = true;
    await durable.publish('ready', '1', bytes('1'));
    await connection.close();
  });

  it('takes the largest message from the server (H4)', async () => {
    const connection = await open();
    const engine = natsEngine(connection);
    expect(engine.maxBytes).toBe(connection.info?.max_payload);
    expect(() => new Bridge(new SignalManager(), engine, { namespace: 'n', maxBytes: 2 ** 30 })).toThrow(
      `Expected \`maxBytes\` to be at most ${engine.maxBytes}, as the engine nats takes`,
    );
    await connection.close();
  });
});
