import { ASYNC_DISPOSE } from '../dispose.js';
import type { DurableEngine } from './types.js';

type OnMessage = Parameters<DurableEngine['consume']>[2];

interface Kept {
  readonly id: string;
  readonly data: Uint8Array;
  attempt: number;
}

/** Durable delivery within one process: messages outlive their consumers, but not the engine. */
export class MemoryDurable implements DurableEngine {
  readonly #groups = new Map<string, Map<string, Group>>();

  publish(subject: string, id: string, data: Uint8Array): Promise<void> {
    const copy = data.slice();
    for (const group of this.#groups.get(subject)?.values() ?? []) group.add({ id, data: copy, attempt: 0 });
    return Promise.resolve();
  }

  consume(subject: string, name: string, onMessage: OnMessage): Promise<AsyncDisposable> {
    const groups = this.#groups.get(subject) ?? new Map<string, Group>();
    const group = groups.get(name) ?? new Group();
    this.#groups.set(subject, groups.set(name, group));
    return Promise.resolve(group.join(onMessage));
  }
}

/** One group of one subject: what waits for it, and its members. */
class Group {
  readonly #waiting: Kept[] = [];
  readonly #members: { readonly onMessage: OnMessage; readonly inHand: Set<Promise<void>> }[] = [];

  add(message: Kept): void {
    this.#waiting.push(message);
    queueMicrotask(() => this.#deliver());
  }

  join(onMessage: OnMessage): AsyncDisposable {
    const member = { onMessage, inHand: new Set<Promise<void>>() };
    this.#members.push(member);
    queueMicrotask(() => this.#deliver());
    return {
      [ASYNC_DISPOSE]: async () => {
        const position = this.#members.indexOf(member);
        if (position >= 0) this.#members.splice(position, 1);
        await Promise.all(member.inHand);
      },
    };
  }

  #deliver(): void {
    for (;;) {
      const member = this.#members.shift();
      if (member === undefined) return;
      this.#members.push(member);
      const message = this.#waiting.shift();
      if (message === undefined) return;
      const handled = this.#hand(message, member.onMessage).finally(() => member.inHand.delete(handled));
      member.inHand.add(handled);
    }
  }

  async #hand(message: Kept, onMessage: OnMessage): Promise<void> {
    message.attempt += 1;
    try {
      await onMessage(message.data, message.id, message.attempt);
    } catch (error) {
      const { delayMs = 0 } = error as { readonly delayMs?: number };
      setTimeout(() => this.add(message), delayMs);
    }
  }
}
