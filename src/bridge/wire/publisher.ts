import type { BridgeLog } from './bridge-log.js';
import { type Body, type From, encodeMessage, startOfMessage } from './envelope.js';
import type { Subjects } from './subjects.js';
import type { Engine } from '../types.js';

/** A resolved promise, for messages that the engine accepted synchronously. */
const TAKEN = Promise.resolve();

/** Encodes the messages of one node and publishes them on its engine. */
export class Publisher {
  readonly #engine: Engine;
  readonly #subjects: Subjects;
  readonly #log: BridgeLog;
  readonly sender: From;
  /** The common start of its messages. */
  readonly #start: string;

  constructor(engine: Engine, subjects: Subjects, log: BridgeLog, sender: From) {
    this.#engine = engine;
    this.#subjects = subjects;
    this.#log = log;
    this.sender = sender;
    this.#start = startOfMessage(sender);
  }

  encode(body: Body, payload?: string): Uint8Array {
    return encodeMessage(this.#start, body, payload);
  }

  /** Resolves when the engine has accepted the message. Failures are reported, not thrown. */
  toAll(body: Body): Promise<void> {
    return this.#reported(() => this.#engine.publish(this.#subjects.presence, this.encode(body)));
  }

  to(node: From, body: Body, payload?: string): Promise<void> {
    return this.#reported(() => this.hand(node, this.encode(body, payload)));
  }

  /** Publishes to the inbox of one node. Throws or rejects on a failure. */
  hand({ from, run }: From, data: Uint8Array): void | Promise<void> {
    return this.#engine.publish(this.#subjects.inbox(from, run), data);
  }

  /** Publishes a call to all nodes. Throws or rejects on a failure. */
  handAll(data: Uint8Array): void | Promise<void> {
    return this.#engine.publish(this.#subjects.calls, data);
  }

  #reported(publish: () => void | Promise<void>): Promise<void> {
    return carefully(publish, (error) => this.#log.report(error)) ?? TAKEN;
  }
}

/** Publishes a message on the engine, which may throw or reject: both go to `onFail`. Never throws or rejects. */
export function carefully(
  publish: () => void | Promise<void>,
  onFail: (reason: unknown) => void,
): Promise<void> | undefined {
  try {
    return publish()?.catch(onFail);
  } catch (error) {
    onFail(error);
    return undefined;
  }
}
