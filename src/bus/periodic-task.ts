import { Timer } from '../timer.js';
import { nameOfReceiver } from '../tokens.js';
import type { Member } from './member.js';
import { perform } from './run-context.js';
import type { AnyFunction, PeriodicOptions } from './types.js';

const SOON = Promise.resolve();

/** Runs a function again and again while its bus is running, never twice at a time. */
export class PeriodicTask {
  readonly name: string;
  /** A run is in hand. */
  busy = false;
  readonly #member: Member;
  readonly #call: () => unknown;
  readonly #options: PeriodicOptions;
  #active = false;
  #aborted = false;
  /** A run is to start at once. */
  #due = false;
  #timer: Timer | undefined;

  constructor(member: Member, options: PeriodicOptions, fn: AnyFunction, thisArg: unknown) {
    this.#member = member;
    this.#options = options;
    this.name = nameOfReceiver(fn);
    this.#call = () => fn.call(thisArg);
  }

  /** From now on it runs while its bus does, until an abort. */
  connect(): void {
    const { abortSignal } = this.#options;
    if (abortSignal?.aborted === true) return;
    this.#member.tasks.add(this);
    abortSignal?.addEventListener('abort', () => this.#end(), { once: true });
    if (this.#member.phase === 'running') this.resume();
  }

  /** The first run starts at once, or when one from before the last stop has ended. */
  resume(): void {
    this.#active = true;
    this.#due = true;
    // Not within the caller's code, which may be the constructor of a class whose method this is.
    if (!this.busy) void SOON.then(() => this.#start());
  }

  /** Nothing new is started; the run in hand goes on. */
  pause(): void {
    this.#active = false;
    this.#due = false;
    this.#timer?.stop();
  }

  #start(): void {
    if (!this.#due || this.busy) return;
    this.#due = false;
    this.busy = true;
    this.#member.work.add();
    const ended = (): void => this.#ended();
    perform(this.#member, this.#call, undefined, ended, (error) => {
      this.#member.errors.report(error, { topic: undefined, source: 'periodic task', name: this.name });
      ended();
    });
  }

  #ended(): void {
    this.busy = false;
    if (this.#due) {
      void SOON.then(() => this.#start());
    } else if (this.#active) {
      this.#timer = new Timer(this.#options.periodMs, () => {
        this.#due = true;
        this.#start();
      });
    }
    this.#leave();
    this.#member.work.done();
  }

  #end(): void {
    this.pause();
    this.#aborted = true;
    this.#leave();
  }

  #leave(): void {
    if (this.#aborted && !this.busy) this.#member.tasks.delete(this);
  }
}
