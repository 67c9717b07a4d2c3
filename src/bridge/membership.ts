import { ASYNC_DISPOSE } from '../internal/dispose.js';
import { withinTime } from '../internal/timer.js';
import { Failures } from './failures.js';
import type { Engine } from './types.js';
import type { BridgeLog } from './wire/bridge-log.js';

export interface MembershipParts {
  readonly engine: Engine;
  readonly log: BridgeLog;
  /** Aborted when the bridge closes, to give up what the engine has not opened by then. */
  readonly abortSignal: AbortSignal;
  /**
   * The time limit for one operation of the engine during `close`, in milliseconds. A client whose server is away may
   * never settle.
   */
  readonly patienceMs: number;
  /** The subjects of the messages to this node. */
  readonly subjects: readonly string[];
  readonly onMessage: (data: Uint8Array) => void;
  readonly onJoin: () => void;
}

/** The subscriptions of a node, by which it takes part in its namespace. */
export class Membership {
  readonly #parts: MembershipParts;
  #joined: Promise<readonly AsyncDisposable[]> | undefined;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  /** Whether the node has joined, or is joining. */
  get begun(): boolean {
    return this.#joined !== undefined;
  }

  /** Subscribes, once. If that fails, the next call tries again. */
  join(): Promise<readonly AsyncDisposable[]> {
    return (this.#joined ??= this.#subscribe());
  }

  /** Resolves when a `join` has settled, if there is one. The array is empty if the node has not joined. */
  async subscriptions(): Promise<readonly AsyncDisposable[]> {
    return (await this.#joined?.catch(() => undefined)) ?? [];
  }

  /** Ends all subscriptions, each within a time limit. */
  end(subscriptions: readonly AsyncDisposable[], failures: Failures): Promise<void> {
    const { patienceMs } = this.#parts;
    return failures.each(subscriptions, (each) => withinTime(each[ASYNC_DISPOSE](), patienceMs, () => undefined));
  }

  async #subscribe(): Promise<readonly AsyncDisposable[]> {
    const { engine, log, abortSignal, subjects, onMessage, onJoin } = this.#parts;
    const onError = (error: unknown): void => log.report(error);
    const subscriptions: AsyncDisposable[] = [];
    try {
      for (const subject of subjects) {
        subscriptions.push(await engine.subscribe(subject, onMessage, { abortSignal, onError }));
        if (abortSignal.aborted) throw abortSignal.reason;
      }
      onJoin();
      return subscriptions;
    } catch (error) {
      const failures = new Failures();
      await this.end(subscriptions, failures);
      this.#joined = undefined; // so that the next `share` tries again
      for (const reason of failures.reasons) log.report(reason);
      throw error;
    }
  }
}
