import type * as JetStreamPackage from '@nats-io/jetstream';
import type { ConsumerInfo, JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { EngineSilentError, MissingPackageError } from '../errors.js';
import { ASK_MS, ConsumerLoop, type OnJob } from './consumer-loop.js';
import { refusalsOf } from './nats-refusals.js';
import type { DurableEngine } from '../types.js';
import { withinTime } from '../../internal/timer.js';

interface JetStream {
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
}

const NANOSECONDS = 1_000_000;
const NO_SUCH_CONSUMER = 10_014;
const NO_SUCH_STREAM = 10_059;

/** Durable delivery over JetStream: a stream for each subject, and a consumer for each group. */
export class JetStreamDurable implements DurableEngine {
  readonly #connection: NatsConnection;
  readonly #redeliverAfterMs: number;
  #jetStream: Promise<JetStream> | undefined;
  readonly #streams = new Map<string, Promise<string>>();

  constructor(connection: NatsConnection, redeliverAfterMs: number) {
    this.#connection = connection;
    this.#redeliverAfterMs = redeliverAfterMs;
  }

  /** Reports a missing package when a signal is shared, not when it is first sent. */
  async prepare(): Promise<void> {
    await loadJetStream();
  }

  async publish(subject: string, id: string, data: Uint8Array): Promise<void> {
    try {
      await this.#publish(subject, id, data);
    } catch {
      // The server may have come back without the stream. A message that it did store is not stored twice, because the
      // id is the same.
      this.#streams.delete(subject);
      await this.#publish(subject, id, data);
    }
  }

  async consume(
    subject: string,
    group: string,
    onMessage: OnJob,
    { onError }: { readonly onError?: (error: unknown) => void } = {},
  ): Promise<AsyncDisposable> {
    const stream = await this.#join(subject, group, false);
    const { client, manager } = await this.#open();
    const consumer = await client.consumers.get(stream, group);
    // The server does not answer acknowledgements. Only the connection reports a refused one.
    const isOwn = (refused: string): boolean => refused.includes(`.${stream}.${group}.`);
    const unwatch = refusalsOf(this.#connection).watch(
      (each) => (isOwn(`${each}.`) ? each.slice(0, 7) : undefined),
      onError,
    );
    /** Whether the silence has been reported since the last answer. */
    let silent = false;
    const intake = new ConsumerLoop();
    return intake.start({
      onError,
      // Not one request that stays open: messages that the server had sent to it at its close would be redelivered much
      // later.
      ask: async (room) => {
        for await (const message of await consumer.fetch({ max_messages: room, expires: ASK_MS })) {
          if (intake.stopped) message.nak();
          else intake.add(hand(message, onMessage, this.#redeliverAfterMs / 3));
        }
        silent = false;
      },
      recover: async () => {
        await this.#revive(() => {
          if (!silent) onError?.(new EngineSilentError('nats', 2 * ASK_MS));
          silent = true;
        });
        await this.#join(subject, group, true);
      },
      tidy: () => tidy(manager, stream),
      end: () => {
        unwatch();
        return Promise.resolve();
      },
    });
  }

  async #publish(subject: string, id: string, data: Uint8Array): Promise<void> {
    await this.#streamOf(subject);
    const { client } = await this.#open();
    await client.publish(subject, data, { msgID: id });
  }

  /**
   * Makes the consumer of a group unless it exists. An existing one is used unchanged, except for its `ack_wait`.
   *
   * A new consumer gets the messages published from now on. The first one of a stream, or one that was lost, gets all
   * messages in it.
   *
   * @returns The name of the stream.
   */
  async #join(subject: string, group: string, lost: boolean): Promise<string> {
    this.#streams.delete(subject); // looked up again, because the server may have lost it
    const stream = await this.#streamOf(subject);
    const { consumers, streams } = (await this.#open()).manager;
    const ack_wait = this.#redeliverAfterMs * NANOSECONDS;
    const config = { durable_name: group, ack_policy: 'explicit', ack_wait, max_deliver: -1 } as const;
    const find = (): Promise<ConsumerInfo> => consumers.info(stream, group);
    const make = async (): Promise<ConsumerInfo> => {
      const all = lost || (await streams.info(stream)).state.consumer_count === 0;
      return consumers.add(stream, { ...config, deliver_policy: all ? 'all' : 'new' });
    };
    const found = await findOrMake(find, make);
    if (found.config.ack_wait !== ack_wait) await consumers.update(stream, group, { ack_wait });
    return stream;
  }

  /**
   * Makes the client reconnect if a ping is not answered either. A connection that broke silently would otherwise be
   * noticed only when its packets time out. With `reconnect: false` the client would close instead, so it is left
   * alone.
   */
  async #revive(onSilent: () => void): Promise<void> {
    const answered = this.#connection.flush().then(() => true);
    if (await withinTime(answered, ASK_MS, () => false)) return;
    onSilent();
    const { options } = this.#connection as { readonly options?: { readonly reconnect?: boolean } };
    if (options?.reconnect !== false) await this.#connection.reconnect();
  }

  /** Loads the package only for durable delivery, so that other users need not install it. */
  #open(): Promise<JetStream> {
    return (this.#jetStream ??= loadJetStream().then(async ({ jetstream, jetstreamManager }) => ({
      client: jetstream(this.#connection),
      // The first answer shows whether the server has JetStream.
      manager: await jetstreamManager(this.#connection, { checkAPI: false }),
    })));
  }

  /** Makes the stream unless it exists. An existing one, with replicas for example, is used unchanged. */
  #streamOf(subject: string): Promise<string> {
    const known = this.#streams.get(subject);
    if (known !== undefined) return known;
    const name = subject.replaceAll('.', '=');
    const stream = this.#open().then(async ({ manager: { streams } }) => {
      await findOrMake(
        () => streams.info(name),
        () => streams.add({ name, subjects: [subject] }),
      );
      return name;
    });
    this.#streams.set(subject, stream);
    return stream;
  }
}

async function loadJetStream(): Promise<typeof JetStreamPackage> {
  try {
    return await import('@nats-io/jetstream');
  } catch (cause) {
    throw new MissingPackageError('@nats-io/jetstream', 'Durable delivery over NATS', { cause });
  }
}

/**
 * Finds or makes something on the server. If making fails because another client has just made it, that one is used.
 */
async function findOrMake<T>(find: () => Promise<T>, make: () => Promise<T>): Promise<T> {
  try {
    return await find();
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code !== NO_SUCH_CONSUMER && code !== NO_SUCH_STREAM) throw error;
    return make().catch((refusal: unknown) => find().catch(() => Promise.reject(refusal)));
  }
}

/** @param workingMs - How often the server is told that the message is still being handled. */
async function hand(message: JsMsg, onMessage: OnJob, workingMs: number): Promise<void> {
  const working = setInterval(() => reportTo(() => message.working()), workingMs);
  try {
    await onMessage(message.data, message.headers?.get('Nats-Msg-Id') ?? '', message.info.deliveryCount);
    reportTo(() => message.ack());
  } catch (error) {
    const { delayMs } = error as { readonly delayMs?: number };
    reportTo(() => message.nak(delayMs));
  } finally {
    clearInterval(working);
  }
}

/** Ignores the exception of a closed connection: the server then delivers the message again. */
function reportTo(server: () => void): void {
  try {
    server();
  } catch {
    // The message is redelivered.
  }
}

async function tidy(manager: JetStreamManager, stream: string): Promise<void> {
  const done: number[] = [];
  for await (const { ack_floor: floor } of manager.consumers.list(stream)) done.push(floor.stream_seq);
  if (done.length > 0) await manager.streams.purge(stream, { seq: Math.min(...done) + 1 });
}
