import { EngineSilentError } from '../errors.js';
import { ASK_MS } from './consumer-loop.js';
import { type RedisClient, destroy, duplicate } from './redis-client.js';

/**
 * A server counts as silent after two of these intervals without an answer. Two, so that a process that was busy first
 * reads the answers that have arrived.
 */
const PATIENCE_MS = ASK_MS;

/** The type of strings in Redis' protocol, mapped to Buffer. */
const BLOB_STRING = 36;

/** A connection of the engine's own. It is replaced when its server falls silent. */
export class RedisLine {
  readonly #origin: RedisClient;
  readonly #onSilent: (error: EngineSilentError) => void;
  #client: RedisClient;
  #unanswered = 0;
  /** The number of consecutive intervals without an answer. */
  #silences = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(origin: RedisClient, onSilent: (error: EngineSilentError) => void) {
    this.#origin = origin;
    this.#onSilent = onSilent;
    this.#client = duplicate(origin);
  }

  async connect(): Promise<void> {
    await this.#client.connect();
  }

  async ask(args: (string | Buffer)[]): Promise<unknown> {
    this.#unanswered += 1;
    this.#wait();
    try {
      return await command(this.#client, args);
    } finally {
      this.#unanswered -= 1;
      this.#answered();
    }
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    destroy(this.#client);
  }

  #answered(): void {
    this.#silences = 0;
    if (this.#unanswered > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(): void {
    if (this.#ended) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#silences += 1;
      if (this.#silences === 2) this.#silent();
      if (this.#unanswered > 0) this.#wait();
    }, PATIENCE_MS);
  }

  #silent(): void {
    this.#onSilent(new EngineSilentError('redis', 2 * PATIENCE_MS));
    // A client that is connecting retries by itself.
    if (!this.#client.isReady) return;
    const silent = this.#client;
    this.#client = duplicate(this.#origin);
    this.#client.connect().catch(() => undefined); // commands on it fail as well, and report it
    destroy(silent);
  }
}

export async function command(client: RedisClient, args: (string | Buffer)[]): Promise<unknown> {
  const reply: unknown = await client.sendCommand(args, { typeMapping: { [BLOB_STRING]: Buffer } });
  return reply;
}
