import type { SignalManager } from '../index.js';
import { type Settling, watchHostOf } from '../watch/watch-host.js';
import { PendingWork } from '../internal/pending-work.js';
import { reportError } from '../internal/report-error.js';
import { BusValues } from './bus-values.js';
import type { BusCall, Callee, CallingBus } from './calls.js';
import { type Undelivered, ofTopic } from './errors.js';
import type { BusErrorReport, SignalBusOptions } from './types.js';

/**
 * The phase of a bus:
 *
 *     stopped --start--> running --stop--> stopping --its work is done, or the stop times out--> stopped
 *
 * Queues always accept payloads, and deliver them unless the bus is stopped. Periodic tasks start runs only while the
 * bus is running.
 */
export type Phase = 'stopped' | 'running' | 'stopping';

/** A pending call of `idle`. */
export interface PendingIdle {
  /** The call of a bus that it was made in. */
  readonly within: BusCall | undefined;
  /** Resolves it if there is nothing left to wait for. */
  check(): void;
}

/** The state of one bus, for its own parts and for the buses connected to it. */
export class BusState implements CallingBus, Settling {
  readonly name: string;
  /** The `source` in reports of failures of the bus itself. */
  readonly source = 'shutdown';
  readonly manager: SignalManager;
  /** The callees of this bus: subscribers, periodic tasks, and during a stop disposals. */
  readonly parts = new Set<Callee>();
  values = new BusValues(this);
  /** The buses that start and stop with this one. */
  readonly children = new Set<BusState>();
  /** This bus, and the buses that share topics with it, directly or through others. */
  network: ReadonlySet<BusState> = new Set([this]);
  /** The managers that carry these topics, each listed once. */
  managers: readonly SignalManager[];
  /** The pending calls of `idle` on the buses of this network, which share this set. */
  idling = new Set<PendingIdle>();
  phase: Phase = 'stopped';
  /** The pending stop. */
  stop: Promise<void> | undefined;
  /** Whether the last `start` or `stop` that included this bus was a start. */
  wanted = false;
  /**
   * The units of work that a stop waits for: queued payloads, payloads being handled, publishes that wait for room, and
   * runs of periodic tasks.
   */
  work = new PendingWork();
  /** How many stops have timed out. */
  givenUp = 0;
  readonly #onError: SignalBusOptions['onError'];

  constructor(name: string, manager: SignalManager, onError: SignalBusOptions['onError']) {
    this.name = name;
    this.manager = manager;
    this.#onError = onError;
    this.managers = [manager];
  }

  /** Whether queues deliver their payloads. */
  get live(): boolean {
    return this.phase !== 'stopped';
  }

  /** Returns this bus and all its descendants. */
  family(): BusState[] {
    const family = new Set<BusState>([this]);
    for (const member of family) for (const child of member.children) family.add(child);
    return [...family];
  }

  /** The number of waiting payloads. */
  get size(): number {
    return totalOf(this.parts, ({ queued = 0 }) => queued);
  }

  /** The number of payloads that subscribers are handling. */
  get pending(): number {
    return totalOf(this.parts, ({ source, handling = 0 }) => (source === 'subscriber' ? handling : 0));
  }

  enter(phase: Phase, onIdle?: () => void): void {
    this.phase = phase;
    const settling = watchHostOf(this.manager)?.settling;
    if (this.live) settling?.add(this);
    else settling?.delete(this);
    this.work.onIdle(onIdle);
    for (const part of this.parts) part.turn?.();
  }

  /** Empties the queues. Calls that are still pending no longer count as work. */
  giveUp(undelivered: Undelivered[]): void {
    for (const part of this.parts) part.giveUp?.(undelivered);
    this.givenUp += 1;
    this.work = new PendingWork();
    this.checkIdle();
  }

  /** Counts units of work no longer. */
  ended(count: number): void {
    this.work.end(count);
    this.checkIdle();
  }

  checkIdle(): void {
    for (const idle of this.idling) idle.check();
  }

  undone(): readonly string[] {
    const busy = [...this.parts].filter(({ source, queued = 0, handling = 0 }) => {
      return source === 'subscriber' && queued + handling > 0;
    });
    return this.live ? busy.map(({ name }) => name) : [];
  }

  settle(): Promise<number> {
    return new Promise((resolve) => {
      const idle: PendingIdle = {
        within: undefined,
        check: () => {
          if (this.undone().length > 0) return;
          this.idling.delete(idle);
          resolve(0);
        },
      };
      this.idling.add(idle);
      idle.check();
    });
  }

  /** Reports a failure of this bus or of one of its callees to `onError`. */
  report(error: unknown, { topic, source, name }: Pick<Callee, 'topic' | 'source' | 'name'>, position?: number): void {
    reportError(this.#onError, error, { topic, source, name, position } as BusErrorReport, headlineOfBus);
  }
}

function totalOf(parts: Iterable<Callee>, count: (part: Callee) => number): number {
  let total = 0;
  for (const part of parts) total += count(part);
  return total;
}

function headlineOfBus({ source, name, topic, position }: BusErrorReport): string {
  return `Failure in ${source} ${name}${ofTopic(topic)}${position === undefined ? '' : ` after ${position} payloads`}`;
}
