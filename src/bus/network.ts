import type { SignalManager } from '../index.js';
import type { Member } from './member.js';
import { publish } from './publication.js';
import type { TopicKey } from './topic.js';

/** Buses that share their topics, directly or through others. */
export class Network {
  readonly #members: Set<Member>;
  /** One for all buses that were given the same one. */
  readonly #managers: Set<SignalManager>;

  constructor(member: Member) {
    this.#members = new Set([member]);
    this.#managers = new Set([member.manager]);
  }

  publish(key: TopicKey, payload: unknown): Promise<void> {
    return publish(this.#managers, key, payload);
  }

  /** All members of the other network are members of this one from now on. */
  join(other: Network): void {
    if (other === this) return;
    for (const member of other.#members) {
      member.network = this;
      this.#members.add(member);
      this.#managers.add(member.manager);
    }
  }
}
