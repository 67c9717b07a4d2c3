import type { BridgeLog } from './bridge-log.js';
import { type Body, type From, encodeMessage, startOfMessage } from './envelope.js';
import type { Subjects } from './subjects.js';
import type { Engine } from '../types.js';

/** What an engine has taken as it was handed. */
const TAKEN = Promise.resolve();

/** Writes the messages of one node, and hands them to its engine. */
export class Publisher {
  readonly #engine: Engine;
  readonly #subjects: Subjects;
  readonly #log: BridgeLog;
  readonly sender: From;
  /** What all of its messages begin with. */
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

  /** Resolves when the engine has taken it; what goes wrong is reported. */
  toAll(body: Body): Promise<void> {
    return this.#reported(() => this.#engine.publish(this.#subjects.presence, this.encode(body)));
  }

  to(node: From, body: Body, payload?: string): Promise<void> {
    return this.#reported(() => this.hand(node, this.encode(body, payload)));
  }

  /** What goes wrong is thrown, or rejects. */
  hand({ from, run }: From, data: Uint8Array): void | Promise<void> {
    return this.#engine.publish(this.#subjects.inbox(from, run), data);
  }

  /** A call that goes to all. What goes wrong is thrown, or rejects. */
  handAll(data: Uint8Array): void | Promise<void> {
    return this.#engine.publish(this.#subjects.calls, data);
  }

  #reported(publish: () => void | Promise<void>): Promise<void> {
    return carefully(publish, (error) => this.#log.report(error)) ?? TAKEN;
  }
}

/** Hands a message to the engine, which may fail at once or later; resolves, never rejects, when the engine has it. */
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
