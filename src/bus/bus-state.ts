import type { SignalManager } from '../index.js';
import { reportError } from '../internal/report-error.js';
import { BusValues } from './bus-values.js';
import type { Callee } from './calls.js';
import { type Undelivered, ofTopic } from './errors.js';
import type { BusErrorReport, SignalBusOptions } from './types.js';

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
export class BusState {
  readonly name: string;
  /** What fails when the bus itself does. */
  readonly source = 'shutdown';
  readonly manager: SignalManager;
  /** What it calls: subscribers, periodic tasks, and during a stop disposals. */
  readonly parts = new Set<Callee>();
  values = new BusValues(this);
  /** The buses that start and stop with this one. */
  readonly children = new Set<BusState>();
  /** The buses that share their topics with it, directly or through others, and itself. */
  network: ReadonlySet<BusState> = new Set([this]);
  /** What carries these topics: one for all buses that were given the same one. */
  managers: readonly SignalManager[];
  phase: Phase = 'stopped';
  /** The stop that is under way. */
  stop: Promise<void> | undefined;
  /** Whether the last call that concerned it was a start. */
  wanted = false;
  /**
   * What a stop waits for: payloads that wait in a queue or are being handled, publishes that wait for room, and runs of
   * periodic tasks.
   */
  work = 0;
  /** How many stops have given up. */
  givenUp = 0;
  /** Called whenever there is no work left. */
  #onIdle: (() => void) | undefined;
  readonly #onError: SignalBusOptions['onError'];

  constructor(name: string, manager: SignalManager, onError: SignalBusOptions['onError']) {
    this.name = name;
    this.manager = manager;
    this.#onError = onError;
    this.managers = [manager];
  }

  /** Whether queues give out what they hold. */
  get live(): boolean {
    return this.phase !== 'stopped';
  }

  /** Itself, its children, theirs, and so on. */
  family(): BusState[] {
    const family = new Set<BusState>([this]);
    for (const member of family) for (const child of member.children) family.add(child);
    return [...family];
  }

  enter(phase: Phase, onIdle?: () => void): void {
    this.phase = phase;
    this.#onIdle = onIdle;
    for (const part of this.parts) part.turn?.();
  }

  done(work: number): void {
    this.work -= work;
    if (this.work === 0) this.#onIdle?.();
  }

  /** Empties its queues; nothing waits for the calls that are not over. */
  giveUp(undelivered: Undelivered[]): void {
    for (const part of this.parts) part.giveUp?.(undelivered);
    this.givenUp += 1;
    this.work = 0;
  }

  /** Of a failure of its own, or of what it calls. */
  report(error: unknown, { topic, source, name }: Pick<Callee, 'topic' | 'source' | 'name'>, position?: number): void {
    reportError(this.#onError, error, { topic, source, name, position } as BusErrorReport, headlineOfBus);
  }
}

function headlineOfBus({ source, name, topic, position }: BusErrorReport): string {
  return `Failure in ${source} ${name}${ofTopic(topic)}${position === undefined ? '' : ` after ${position} payloads`}`;
}
