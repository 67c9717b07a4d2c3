import { ASYNC_DISPOSE } from '../../internal/dispose.js';
import { PendingWork } from '../../internal/pending-work.js';
import type { OnJob } from './consumer-loop.js';
import type { DurableEngine } from '../types.js';
import { soon, unref } from '../../internal/timer.js';

interface Kept {
  readonly id: string;
  readonly data: Uint8Array;
  attempt: number;
  /** The earliest time of the next delivery. */
  dueAt: number;
}

/** The name of the group that keeps the messages of a subject without consumers. The first real group takes it over. */
const NOBODY = '';

/** Durable delivery within one process: messages outlive their consumers, but not the engine. */
export class MemoryDurable implements DurableEngine {
  readonly #subjects = new Map<string, Map<string, Group>>();

  publish(subject: string, id: string, data: Uint8Array): Promise<void> {
    const copy = data.slice();
    const groups = this.#groupsOf(subject);
    if (groups.size === 0) groups.set(NOBODY, new Group());
    for (const group of groups.values()) group.add({ id, data: copy, attempt: 0, dueAt: 0 });
    return Promise.resolve();
  }

  consume(subject: string, name: string, onMessage: OnJob): Promise<AsyncDisposable> {
    const groups = this.#groupsOf(subject);
    const group = groups.get(name) ?? groups.get(NOBODY) ?? new Group();
    groups.delete(NOBODY);
    groups.set(name, group);
    return Promise.resolve(group.join(onMessage));
  }

  #groupsOf(subject: string): Map<string, Group> {
    const groups = this.#subjects.get(subject) ?? new Map<string, Group>();
    this.#subjects.set(subject, groups);
    return groups;
  }
}

interface MemoryConsumer {
  readonly onMessage: OnJob;
  readonly inHand: PendingWork;
}

/** One group of one subject: its messages and its members. */
class Group {
  /** The messages to deliver as soon as there is a member. */
  readonly #due: Kept[] = [];
  /** The messages to redeliver later. Each has a timer while there is a member. */
  readonly #later = new Map<Kept, ReturnType<typeof setTimeout> | undefined>();
  readonly #members: MemoryConsumer[] = [];

  add(message: Kept): void {
    this.#due.push(message);
    soon(() => this.#deliver());
  }

  join(onMessage: OnJob): AsyncDisposable {
    const member = { onMessage, inHand: new PendingWork() };
    this.#members.push(member);
    soon(() => this.#deliver());
    for (const message of this.#later.keys()) this.#wait(message);
    return {
      [ASYNC_DISPOSE]: async () => {
        const position = this.#members.indexOf(member);
        if (position >= 0) this.#members.splice(position, 1);
        await member.inHand.whenIdle();
        if (this.#members.length === 0) for (const timer of this.#later.values()) clearTimeout(timer);
      },
    };
  }

  #deliver(): void {
    for (;;) {
      const member = this.#members.shift();
      if (member === undefined) return;
      this.#members.push(member);
      const message = this.#due.shift();
      if (message === undefined) return;
      member.inHand.add(this.#hand(message, member.onMessage));
    }
  }

  async #hand(message: Kept, onMessage: OnJob): Promise<void> {
    message.attempt += 1;
    try {
      await onMessage(message.data, message.id, message.attempt);
    } catch (error) {
      const { delayMs = 0 } = error as { readonly delayMs?: number };
      message.dueAt = Date.now() + delayMs;
      this.#wait(message);
    }
  }

  #wait(message: Kept): void {
    clearTimeout(this.#later.get(message));
    const timer = setTimeout(() => {
      this.#later.delete(message);
      this.add(message);
    }, message.dueAt - Date.now());
    // Messages in memory do not keep the process alive: they are lost with it in any case.
    unref(timer);
    this.#later.set(message, timer);
  }
}
