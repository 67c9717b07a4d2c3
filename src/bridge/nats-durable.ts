import type { JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { ASK_MS, Intake, TIDY_MS } from './intake.js';
import { unref } from './unref.js';
import type { DurableEngine } from './types.js';

type OnMessage = Parameters<DurableEngine['consume']>[2];
interface JetStream {
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
}

const NANOSECONDS = 1_000_000;
const NO_SUCH_STREAM = 10_059;

/** Durable delivery over JetStream: a stream for each subject, a consumer for each group. */
export class JetStreamDurable implements DurableEngine {
  readonly #connection: NatsConnection;
  readonly #redeliverAfterMs: number;
  #jetStream: Promise<JetStream> | undefined;
  readonly #streams = new Map<string, Promise<string>>();

  constructor(connection: NatsConnection, redeliverAfterMs: number) {
    this.#connection = connection;
    this.#redeliverAfterMs = redeliverAfterMs;
  }

  async publish(subject: string, id: string, data: Uint8Array): Promise<void> {
    await this.#streamOf(subject);
    const { client } = await this.#open();
    await client.publish(subject, data, { msgID: id });
  }

  async consume(subject: string, group: string, onMessage: OnMessage): Promise<AsyncDisposable> {
    const stream = await this.#streamOf(subject);
    const { client, manager } = await this.#open();
    const redeliverAfterMs = this.#redeliverAfterMs;
    await manager.consumers.add(stream, {
      durable_name: group,
      ack_policy: 'explicit',
      ack_wait: redeliverAfterMs * NANOSECONDS,
      deliver_policy: 'new',
      max_deliver: -1,
    });
    const consumer = await client.consumers.get(stream, group);
    const intake = new Intake();
    const tidying = setInterval(() => void tidy(manager, stream).catch(() => undefined), TIDY_MS);
    unref(tidying);
    return intake.start({
      // Not a question that is open all the time: what the server had handed to it when it is closed would come much later.
      ask: async (room) => {
        for await (const message of await consumer.fetch({ max_messages: room, expires: ASK_MS })) {
          if (intake.stopped) message.nak();
          else intake.add(hand(message, onMessage, redeliverAfterMs / 3));
        }
      },
      recover: () => undefined,
      stop: () => clearInterval(tidying),
    });
  }

  /** The package is asked for only where durable delivery is: who does not use it need not have it. */
  #open(): Promise<JetStream> {
    if (this.#jetStream !== undefined) return this.#jetStream;
    const opening = import('@nats-io/jetstream').then(async ({ jetstream, jetstreamManager }) => ({
      client: jetstream(this.#connection),
      manager: await jetstreamManager(this.#connection),
    }));
    this.#jetStream = opening;
    opening.catch(() => (this.#jetStream = undefined)); // to be tried again
    return opening;
  }

  /** Makes the stream if it is not there: one that you made, with replicas perhaps, is taken as it is. */
  #streamOf(subject: string): Promise<string> {
    const known = this.#streams.get(subject);
    if (known !== undefined) return known;
    const name = subject.replaceAll('.', '=');
    const stream = this.#open().then(async ({ manager }) => {
      try {
        await manager.streams.info(name);
      } catch (error) {
        if ((error as { readonly code?: unknown }).code !== NO_SUCH_STREAM) throw error;
        await manager.streams.add({ name, subjects: [subject] });
      }
      return name;
    });
    this.#streams.set(subject, stream);
    stream.catch(() => this.#streams.delete(subject)); // to be tried again
    return stream;
  }
}

/** @param workingMs - How often the server is told that the message is still in hand. */
async function hand(message: JsMsg, onMessage: OnMessage, workingMs: number): Promise<void> {
  const working = setInterval(() => tell(() => message.working()), workingMs);
  try {
    await onMessage(message.data, message.headers?.get('Nats-Msg-Id') ?? '', message.info.deliveryCount);
    tell(() => message.ack());
  } catch (error) {
    const { delayMs } = error as { readonly delayMs?: number };
    tell(() => message.nak(delayMs));
  } finally {
    clearInterval(working);
  }
}

/** A connection that has been closed throws: then the server hands the message over again. */
function tell(server: () => void): void {
  try {
    server();
  } catch {
    // It comes again.
  }
}

/** Removes what every group has had. */
async function tidy(manager: JetStreamManager, stream: string): Promise<void> {
  const done: number[] = [];
  for await (const { ack_floor: floor } of manager.consumers.list(stream)) done.push(floor.stream_seq);
  if (done.length > 0) await manager.streams.purge(stream, { seq: Math.min(...done) + 1 });
}
