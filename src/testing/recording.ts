import { DISPOSE } from '../internal/dispose.js';
import { nameOfReceiver } from '../internal/printing.js';
import type { KwargsOf, SendWatch, SignalManager, SignalToken, WatchedSend } from '../index.js';
import { checkSignal } from '../signals/check-signal.js';
import { settled } from './settled.js';
import type { RecordedFailure, RecordedSend, Recording, Result } from './types.js';

/** A recording of the sends of some managers. */
export class ManagerRecording implements Recording {
  readonly sends: RecordedSend[] = [];
  readonly failures: RecordedFailure[] = [];
  readonly #managers: readonly SignalManager[];
  readonly #ends: Disposable[] = [];
  /** The number of sends since the start, whatever `clear` removes. */
  #begun = 0;
  #clears = 0;

  constructor(managers: readonly SignalManager[]) {
    this.#managers = managers;
    try {
      for (const manager of managers) this.#ends.push(manager.watch({ onSend: (send) => this.#record(send) }));
    } catch (error) {
      this[DISPOSE]();
      throw error;
    }
  }

  /** Disposes of something together with the recording. */
  endWith(end: Disposable): this {
    this.#ends.push(end);
    return this;
  }

  of<T extends SignalToken>(signal: T): RecordedSend<T>[] {
    checkSignal(signal);
    return this.sends.filter((send) => send.signal === signal) as RecordedSend<T>[];
  }

  kwargs<T extends SignalToken>(signal: T): KwargsOf<T>[] {
    return this.of(signal).map(({ kwargs }) => kwargs);
  }

  results<T extends SignalToken>(signal: T): Result<T>[] {
    return this.of(signal).flatMap(({ results }) => results);
  }

  clear(): void {
    this.#clears += 1;
    this.sends.length = 0;
    this.failures.length = 0;
  }

  settled(options: { readonly timeoutMs?: number | undefined } = {}): Promise<void> {
    return settled(this.#managers, this.sends, () => this.#begun, options);
  }

  [DISPOSE](): void {
    for (const end of this.#ends.splice(0)) end[DISPOSE]();
  }

  #record({ signal, manager, kind, origin, kwargs, context }: WatchedSend): SendWatch {
    const clears = this.#clears;
    const results: Result<SignalToken>[] = [];
    const [senders, keys] = [[...context.senders], [...context.keys]];
    this.#begun += 1;
    this.sends.push({ signal, manager, kind, origin, kwargs, senders, keys, results });
    return {
      onResult: (result, expected) => {
        if (clears !== this.#clears) return;
        results.push(result);
        if (result.status === 'fulfilled') return;
        const receiverName = result.receiver === undefined ? result.receiverName : nameOfReceiver(result.receiver);
        this.failures.push({ error: result.reason, signal, receiverName, expected });
      },
    };
  }
}
