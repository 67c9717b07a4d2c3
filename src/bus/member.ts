import type { SignalManager } from '../index.js';
import { BusValues } from './bus-values.js';
import { Deliveries } from './deliveries.js';
import type { ErrorLog } from './error-log.js';
import { Network } from './network.js';
import type { PeriodicTask } from './periodic-task.js';
import type { Subscription } from './subscription.js';
import { Work } from './work.js';

/**
 * Where a bus is between two starts:
 *
 *     stopped --start--> running --stop--> stopping --its work is done, or time is up--> stopped
 *
 * Queues take payloads always, and give them out unless the bus is stopped. Periodic tasks start runs while it is
 * running, and not while it is stopping.
 */
export type Phase = 'stopped' | 'running' | 'stopping';

/** One bus, as its own parts and the buses connected to it see it. */
export class Member {
  readonly name: string | undefined;
  readonly manager: SignalManager;
  readonly errors: ErrorLog;
  readonly work = new Work();
  readonly deliveries = new Deliveries();
  readonly subscriptions = new Set<Subscription>();
  readonly tasks = new Set<PeriodicTask>();
  readonly values: BusValues;
  /** The buses that start and stop with this one. */
  readonly children = new Set<Member>();
  network: Network;
  /** The stop that is under way. */
  stop: Promise<void> | undefined;
  /** The start that waits for it. */
  starting: Promise<void> | undefined;
  #phase: Phase = 'stopped';

  constructor(name: string | undefined, manager: SignalManager, errors: ErrorLog) {
    this.name = name;
    this.manager = manager;
    this.errors = errors;
    this.values = new BusValues(this);
    this.network = new Network(this);
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Whether queues give out what they hold. */
  get live(): boolean {
    return this.#phase !== 'stopped';
  }

  get stopping(): boolean {
    return this.#phase === 'stopping';
  }

  /** Itself, its children, theirs, and so on. */
  family(): Set<Member> {
    const family = new Set<Member>([this]);
    for (const member of family) for (const child of member.children) family.add(child);
    return family;
  }

  /** From now on queues give out what they hold, and periodic tasks run. */
  begin(): void {
    this.#phase = 'running';
    for (const subscription of this.subscriptions) subscription.fill();
    for (const task of this.tasks) task.resume();
  }

  /** No periodic task starts another run, and no batch waits for more. */
  wind(): void {
    this.#phase = 'stopping';
    for (const task of this.tasks) task.pause();
    for (const subscription of this.subscriptions) subscription.fill();
  }

  /** From now on queues keep what they get. */
  end(): void {
    this.#phase = 'stopped';
    this.work.onIdle = undefined;
  }
}
