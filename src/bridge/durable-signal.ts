import type { WithinContext } from '../internal/async-context.js';
import { ASYNC_DISPOSE, DISPOSE } from '../internal/dispose.js';
import { ReceiverTimeoutError } from '../signals/errors.js';
import type { FarAttachment, FarCall, FarReceivers, FarSend } from '../far/index.js';
import type { BridgeLog } from './wire/bridge-log.js';
import { type CallContent, checkedBy, decodeContent, encodeContent } from './wire/content.js';
import { dropOldest } from '../internal/fifo.js';
import { DurableSend } from './durable-send.js';
import { Malformed, type SharedState, decodeMessage } from './wire/envelope.js';
import { BridgeClosedError, ConsumerError, RedeliverError, SetAsideError } from './errors.js';
import { validTrace } from '../internal/trace-parent.js';
import type { TraceParent } from '../contract/signals.js';
import { PendingWork } from '../internal/pending-work.js';
import { checkSize, encodeTraced } from './wire/send-size.js';
import type { BridgeParts, SharedOptions } from './bridge-signal.js';
import { type Subjects, wordOf } from './wire/subjects.js';
import type { DurableEngine, Engine } from './types.js';
import { withinTime } from '../internal/timer.js';
import { randomId } from '../internal/runtime.js';

/** The delay before the second attempt is one second. It doubles for each later attempt, up to a minute. */
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;
/** How many deliveries are counted here for an engine that does not count attempts. */
const MOST_COUNTED = 10_000;

/** The parts of a bridge that its durable signals use. */
export interface DurableParts extends BridgeParts {
  readonly engine: Engine;
  readonly subjects: Subjects;
  readonly log: BridgeLog;
  /** Calls in the async context of the bridge. */
  readonly within: WithinContext;
  /** Aborted when the bridge closes. */
  readonly abortSignal: AbortSignal;
}

export interface DurableOptions extends SharedOptions {
  readonly maxAttempts: number;
  readonly store: DurableEngine;
}

/** The content of a job, and the trace of its send. */
interface Job extends CallContent {
  readonly trace: TraceParent | undefined;
}

/** One signal whose sends are stored by the engine. */
export class DurableSignal implements FarReceivers {
  readonly stores = true;
  readonly #parts: DurableParts;
  readonly #options: DurableOptions;
  readonly #attempts = new Map<string, number>();
  readonly attachment: FarAttachment;
  #consumer: AsyncDisposable | undefined;
  /** Callbacks of deliveries that wait until this node has receivers. */
  #whenHeard: (() => void)[] = [];
  #stopped = false;
  #consumerEnds: Promise<void> | undefined;
  /** The sends that the engine has not stored yet. */
  readonly #sends = new PendingWork();
  #ends: Promise<void> | undefined;

  constructor(parts: DurableParts, options: DurableOptions) {
    this.#parts = parts;
    this.#options = options;
    this.attachment = options.attach(this);
  }

  /** Announced as not heard, because durable sends do not go to nodes. */
  get state(): SharedState {
    return [this.#options.name, 'nothing', null];
  }

  async start(): Promise<void> {
    const { subjects, log, within, abortSignal } = this.#parts;
    const { group, store, name } = this.#options;
    await store.prepare?.();
    if (group === undefined) return;
    const onError = (cause: unknown): void => log.report(new ConsumerError(name, group, { cause }));
    const onMessage: Parameters<DurableEngine['consume']>[2] = (data, id, attempt) =>
      within(() => this.#receive(group, data, id, attempt));
    const consumer = await store.consume(subjects.durable(name), wordOf(group), onMessage, { abortSignal, onError });
    // If stopped meanwhile, only this code can end the consumer.
    if (this.#stopped) await consumer[ASYNC_DISPOSE]();
    else this.#consumer = consumer;
  }

  /** Stops consuming, and resolves when the jobs being handled are done. Waiting jobs go back to the engine. */
  stop(): Promise<void> {
    return (this.#consumerEnds ??= this.#endConsumer());
  }

  async #endConsumer(): Promise<void> {
    this.#stopped = true;
    this.heard();
    await this.#consumer?.[ASYNC_DISPOSE]();
  }

  /**
   * Stops consuming and storing, and resolves when all earlier sends are stored. Sends of a closing bridge are rejected
   * from now on. A second call returns the same promise.
   */
  end(): Promise<void> {
    return (this.#ends ??= this.#end());
  }

  async #end(): Promise<void> {
    try {
      await this.stop();
    } finally {
      await this.#sends.whenIdle();
      this.detach();
    }
  }

  /** Makes its sends local again. */
  detach(): void {
    this.attachment[DISPOSE]();
  }

  reach(): readonly string[] {
    return [this.#parts.engine.name];
  }

  prepare(send: FarSend): FarCall | undefined {
    const { node, timeoutMs, closing, engine, subjects } = this.#parts;
    if (this.#ends !== undefined) {
      if (closing()) throw new BridgeClosedError(node);
      return undefined;
    }
    const { name, store } = this.#options;
    const id = randomId();
    const header = { type: 'job', id, signal: name } as const;
    const payload = encodeContent(send, name);
    checkSize(name, payload, this.#parts, () => header);
    return new DurableSend({
      ...{ signal: name, send, node, engineName: engine.name, timeoutMs, attachment: this.attachment },
      publish: async () => {
        // A serial send may start long after it was prepared.
        if (this.#ends !== undefined && closing()) throw new BridgeClosedError(node);
        await store.publish(subjects.durable(name), id, encodeTraced(this.#parts, header, payload, send.trace));
      },
      onStart: (done) => this.#sends.add(done),
    });
  }

  heard(): void {
    if (!this.#stopped && !this.#hears) return;
    for (const resolve of this.#whenHeard.splice(0)) resolve();
  }

  /** Whether there are receivers for jobs. Waits and streams do not count, they see the jobs of receivers. */
  get #hears(): boolean {
    return this.attachment.receiving;
  }

  async #receive(group: string, data: Uint8Array, id: string, counted: number | undefined): Promise<void> {
    const attempt = counted ?? this.#count(id);
    // Checked before the delivery, because a job that crashes its node never reports a failure.
    if (attempt > this.#options.maxAttempts) {
      await this.#setAside(group, data, id, attempt);
      return;
    }
    let content: Job;
    try {
      content = await this.#read(data);
    } catch (error) {
      await this.#setAside(group, data, id, attempt, error);
      return;
    }
    // A loop, because the receivers may have changed again when this continues.
    while (!this.#hears && !this.#stopped) {
      await new Promise<void>((resolve) => this.#whenHeard.push(resolve));
    }
    if (this.#stopped) throw new RedeliverError(0);
    const failed = await this.#deliver(content, { id, attempt });
    if (failed === undefined) this.#attempts.delete(id);
    else if (attempt >= this.#options.maxAttempts) await this.#setAside(group, data, id, attempt, failed.reason);
    else throw new RedeliverError(delayAfter(attempt), { cause: failed.reason });
  }

  /** @returns The failure, if a receiver failed or the signal does not accept these kwargs. */
  async #deliver(
    content: Job,
    delivery: { readonly id: string; readonly attempt: number },
  ): Promise<{ readonly reason: unknown } | undefined> {
    try {
      const results = await this.attachment.deliver({ ...content, delivery });
      return results.find((result) => result.status === 'rejected');
    } catch (reason) {
      this.attachment.report(reason, this.#parts.engine.name, content);
      return { reason };
    }
  }

  async #read(data: Uint8Array): Promise<Job> {
    const { name, schema } = this.#options;
    const decoded = decodeMessage(data, this.#parts.maxBytes);
    if (decoded?.message.type !== 'job' || decoded.message.signal !== name) throw new Malformed('no durable delivery');
    const content = decodeContent(decoded.payload);
    const kwargs = await checkedBy(schema, content.kwargs, name);
    return { ...content, kwargs, trace: validTrace(decoded.message) };
  }

  /**
   * Stores a failed job under a subject of its own. It is acknowledged only after that, so it is redelivered until then
   * and never lost.
   */
  async #setAside(group: string, data: Uint8Array, id: string, attempt: number, cause?: unknown): Promise<void> {
    const { engine, subjects, log, timeoutMs } = this.#parts;
    const { name, store, maxAttempts } = this.#options;
    const subject = subjects.aside(name, group);
    try {
      await withinTime(store.publish(subject, id, data), timeoutMs, () =>
        Promise.reject(new ReceiverTimeoutError(`(${engine.name})`, `"${name}"`, timeoutMs)),
      );
    } catch (error) {
      log.report(error);
      throw new RedeliverError(delayAfter(attempt), { cause: error });
    }
    this.#attempts.delete(id);
    const options = cause === undefined ? undefined : { cause };
    log.report(new SetAsideError(name, group, id, subject, Math.min(attempt, maxAttempts), options));
  }

  #count(id: string): number {
    const attempt = (this.#attempts.get(id) ?? 0) + 1;
    this.#attempts.delete(id);
    this.#attempts.set(id, attempt);
    dropOldest(this.#attempts, MOST_COUNTED);
    return attempt;
  }
}

function delayAfter(attempt: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS);
}
