import { ASK_MS, ConsumerLoop, type OnError, type OnJob } from './consumer-loop.js';
import { asBuffer, randomId } from '../../internal/runtime.js';
import type { RedisClient } from './redis-client.js';
import { RedisLine, command } from './redis-line.js';
import type { DurableEngine } from '../types.js';
import { withinTime } from '../../internal/timer.js';
import { unlessAborted } from '../../internal/abort.js';

/** The largest number of entries that a stopping member releases. */
const MOST_LEFT = 10_000;

type ConsumeOptions = NonNullable<Parameters<DurableEngine['consume']>[3]>;

/** Durable delivery over Redis Streams: a stream for each subject, and a consumer group for each group. */
export class StreamsDurable implements DurableEngine {
  readonly #client: RedisClient;
  readonly #redeliverAfterMs: number;

  constructor(client: RedisClient, redeliverAfterMs: number) {
    this.#client = client;
    this.#redeliverAfterMs = redeliverAfterMs;
  }

  async publish(subject: string, id: string, data: Uint8Array): Promise<void> {
    await command(this.#client, ['XADD', subject, '*', 'id', id, 'data', asBuffer(data)]);
  }

  async consume(
    subject: string,
    group: string,
    onMessage: OnJob,
    { abortSignal, onError = () => undefined }: ConsumeOptions = {},
  ): Promise<AsyncDisposable> {
    const lines = [new RedisLine(this.#client, onError), new RedisLine(this.#client, onError)] as const;
    const open = async (): Promise<void> => {
      const [commands] = lines;
      await Promise.all(lines.map((each) => each.connect()));
      await ensureGroup(commands, subject, group);
    };
    try {
      await unlessAborted(open(), abortSignal);
    } catch (error) {
      for (const line of lines) line.end();
      throw error;
    }
    return new RedisConsumer(lines, this.#redeliverAfterMs, subject, group, onMessage, onError).start();
  }
}

/** One connection for commands, and one that blocks while it waits for new entries. */
type Lines = readonly [commands: RedisLine, reader: RedisLine];

/**
 * One member of one group. In Redis, an entry is pending from its reading until its acknowledgement. Entries to retry
 * wait here and stay pending on the server, so another member takes them over if this one exits.
 */
class RedisConsumer {
  readonly #commands: RedisLine;
  readonly #reader: RedisLine;
  readonly #subject: string;
  readonly #group: string;
  readonly #name = randomId();
  readonly #onMessage: OnJob;
  readonly #onError: OnError;
  /** The commands whose refusal has been reported. */
  readonly #refused = new Set<string>();
  readonly #redeliverAfterMs: number;
  readonly #intake = new ConsumerLoop();
  /** The entries of this member, with the time when each is due for a retry; 0 while it is being handled. */
  readonly #mine = new Map<string, number>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #ended = false;

  constructor(
    lines: Lines,
    redeliverAfterMs: number,
    subject: string,
    group: string,
    onMessage: OnJob,
    onError: OnError,
  ) {
    [this.#commands, this.#reader] = lines;
    this.#onError = onError;
    this.#subject = subject;
    this.#group = group;
    this.#onMessage = onMessage;
    this.#redeliverAfterMs = redeliverAfterMs;
  }

  start(): AsyncDisposable {
    void this.#regularly(() => this.#keep());
    void this.#regularly(() => this.#takeOver());
    return this.#intake.start({
      ask: (room) => this.#ask(room),
      recover: (error) => this.#recover(error),
      tidy: () => this.#tidy(),
      stop: () => this.#reader.end(),
      end: async () => {
        this.#ended = true;
        for (const timer of this.#timers) clearTimeout(timer);
        // The server answers this after all acknowledgements. If it is away, the client never settles.
        // If it fails, the entries become idle soon enough.
        await withinTime(this.#handOver(), ASK_MS, () => undefined).catch(() => undefined);
        this.#commands.end();
      },
    });
  }

  async #ask(room: number): Promise<void> {
    const read = ['XREADGROUP', 'GROUP', this.#group, this.#name, 'COUNT', String(room), 'BLOCK', String(ASK_MS)];
    const reply = await this.#on(this.#reader, [...read, 'STREAMS', this.#subject, '>']);
    const [stream] = (reply ?? []) as (readonly [unknown, readonly unknown[]])[];
    for (const entry of stream?.[1] ?? []) this.#take(entry, 1);
  }

  async #recover(error: unknown): Promise<void> {
    if (String(error).includes('NOGROUP')) await ensureGroup(this.#commands, this.#subject, this.#group, '0');
  }

  #take(entry: unknown, attempt: number): void {
    // Any client may add an entry with other fields, which counts as one without data.
    const [key, [, id, , data = Buffer.alloc(0)]] = entry as readonly [Buffer, readonly Buffer[]];
    this.#intake.add(this.#hand(String(key), String(id), data, attempt));
  }

  async #hand(key: string, id: string, data: Uint8Array, attempt: number): Promise<void> {
    if (this.#intake.stopped) return;
    this.#mine.set(key, 0);
    try {
      await this.#onMessage(data, id, attempt);
      this.#mine.delete(key);
      void this.#acknowledge(key);
    } catch (error) {
      const { delayMs = 0 } = error as { readonly delayMs?: number };
      this.#mine.set(key, Date.now() + delayMs);
      this.#after(delayMs, () => this.#claim(key, 0));
    }
  }

  /**
   * Acknowledges an entry. If that fails, the entry is redelivered; if the server refuses it, only the acknowledgement
   * is retried, not the job.
   */
  async #acknowledge(key: string): Promise<void> {
    try {
      await this.#command('XACK', key);
    } catch (error) {
      if (isRefusal(error)) this.#after(this.#redeliverAfterMs / 3, () => this.#acknowledge(key));
      else this.#after(0, () => this.#claim(key, 0));
    }
  }

  /**
   * Releases the remaining entries: sets their idle time so that, when they are due, other members take them over as
   * they would from an exited member.
   */
  async #handOver(): Promise<void> {
    const left = (await this.#command('XPENDING', '-', '+', MOST_LEFT, this.#name)) as unknown[][];
    const now = Date.now();
    const free = (key: string): Promise<unknown> => {
      const idleMs = Math.floor(this.#redeliverAfterMs - (this.#mine.get(key) ?? now) + now);
      return this.#command('XCLAIM', this.#name, 0, key, 'IDLE', Math.max(idleMs, 0), 'JUSTID');
    };
    await Promise.all(left.map(([key]) => free(String(key))));
  }

  /** Takes an entry for another attempt, unless a member has claimed it within `idleMs`. */
  async #claim(key: string, idleMs: number): Promise<void> {
    if (this.#intake.stopped) return;
    // The entry is not this member's until it is claimed. If the claim fails, a member that finds it idle takes it
    // over.
    this.#mine.delete(key);
    const [entry] = (await this.#command('XCLAIM', this.#name, idleMs, key)) as unknown[];
    if (!entry) return;
    const pending = (await this.#command('XPENDING', key, key, 1)) as unknown[][];
    for (const [, , , count] of pending) this.#take(entry, Number(count));
  }

  /**
   * Claims the entries of this member again, so that they are not idle and others leave them alone. When the member is
   * stopping, only those being handled: it will not retry the others.
   */
  async #keep(): Promise<void> {
    const keys = [...this.#mine.keys()].filter((key) => !(this.#intake.stopped && this.#mine.get(key)));
    if (keys.length > 0) await this.#command('XCLAIM', this.#name, 0, ...keys, 'JUSTID');
  }

  /** Takes over entries of members that have exited, as many as it has room for. */
  async #takeOver(): Promise<void> {
    const { room } = this.#intake;
    if (room <= 0) return;
    const idle = (await this.#command('XPENDING', 'IDLE', this.#redeliverAfterMs, '-', '+', room)) as unknown[][];
    for (const [entryKey] of idle) {
      const key = String(entryKey);
      // After the server has been away, this member's own entries may look idle, too.
      if (!this.#mine.has(key)) await this.#claim(key, this.#redeliverAfterMs);
    }
  }

  async #tidy(): Promise<void> {
    const needed: string[] = [];
    for (const { name, lastDelivered } of await groupsOf(this.#commands, this.#subject)) {
      const [count, first] = (await this.#on(this.#commands, ['XPENDING', this.#subject, name])) as unknown[];
      needed.push(Number(count) > 0 ? String(first) : lastDelivered);
    }
    const [oldest] = needed.sort(byEntryKey);
    if (oldest !== undefined) await this.#on(this.#commands, ['XTRIM', this.#subject, 'MINID', oldest]);
  }

  /** Runs a command about the entries of this group. */
  #command(name: string, ...args: readonly (string | number)[]): Promise<unknown> {
    return this.#on(this.#commands, [name, this.#subject, this.#group, ...args.map(String)]);
  }

  /** Runs a command. If the server refuses it, that is reported once per command name. */
  async #on(line: RedisLine, args: string[]): Promise<unknown> {
    try {
      return await line.ask(args);
    } catch (error) {
      const [name = ''] = args;
      if (isRefusal(error) && !this.#refused.has(name)) this.#onError(error);
      if (isRefusal(error)) this.#refused.add(name);
      throw error;
    }
  }

  async #regularly(task: () => Promise<void>): Promise<void> {
    await task().catch(() => undefined); // the connection is down: the next round tries again
    this.#after(this.#redeliverAfterMs / 3, () => this.#regularly(task));
  }

  #after(delayMs: number, task: () => Promise<void>): void {
    if (this.#ended) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void task().catch(() => undefined); // another member takes it over
    }, delayMs);
    this.#timers.add(timer);
  }
}

/** Returns the groups of a stream; none if there is no stream. */
async function groupsOf(line: RedisLine, subject: string): Promise<{ name: string; lastDelivered: string }[]> {
  const groups = await line.ask(['XINFO', 'GROUPS', subject]).catch((error: unknown) => {
    if (String(error).includes('no such key')) return [];
    throw error;
  });
  return (groups as unknown[][]).map((group) => {
    const field = (name: string): string => String(group[group.findIndex((each) => String(each) === name) + 1]);
    return { name: field('name'), lastDelivered: field('last-delivered-id') };
  });
}

/**
 * Makes a group and its stream unless they exist. It looks first, because a full server refuses the command even for
 * existing ones.
 *
 * @param from - The start of a new group: `$` for entries published from now on, `0` for all entries. Default: `0` for
 * the first group of a subject, because no other group needs the earlier entries; `$` for any other.
 */
async function ensureGroup(line: RedisLine, subject: string, group: string, from?: '$' | '0'): Promise<void> {
  const groups = await groupsOf(line, subject);
  if (groups.some(({ name }) => name === group)) return;
  const start = from ?? (groups.length > 0 ? '$' : '0');
  try {
    await line.ask(['XGROUP', 'CREATE', subject, group, start, 'MKSTREAM']);
  } catch (error) {
    if (!String(error).includes('BUSYGROUP')) throw error; // BUSYGROUP: another member has just made the group
  }
}

/** Compares entry keys, which have the form `milliseconds-number`. */
const { compare: byEntryKey } = new Intl.Collator('en', { numeric: true });

/** Whether the server refused the command: the user may not run it, or the server cannot at present. */
function isRefusal(error: unknown): boolean {
  return /^(NOPERM|OOM|MISCONF|READONLY)\b/.test((error as Error).message);
}
