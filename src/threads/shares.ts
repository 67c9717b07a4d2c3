import { DISPOSE } from '../internal/dispose.js';
import { type FarAttachment, type FarReceivers, attachFar } from '../far/index.js';
import type { SignalManager } from '../index.js';
import { levelOf } from './roster.js';
import type { AnySignal } from './types.js';

export interface ThreadShare {
  readonly signal: AnySignal;
  readonly attachment: FarAttachment;
}

/** The signals that this thread shares, and their audience here, written to memory that all threads read. */
export class Shares {
  readonly names: readonly string[];
  readonly levels: SharedArrayBuffer;
  readonly #shares = new Map<string, ThreadShare>();
  readonly #attended = new Set<string>();

  /** @param onChange - Called when the audience of a signal, or `attended`, may have changed. */
  constructor(
    manager: SignalManager,
    signals: ReadonlyMap<string, AnySignal>,
    farOf: (name: string) => Omit<FarReceivers, 'heard'>,
    onChange: (name: string) => void,
  ) {
    this.names = [...signals.keys()];
    this.levels = new SharedArrayBuffer(this.names.length);
    const levels = new Uint8Array(this.levels);
    this.names.forEach((name, index) => {
      const signal = signals.get(name) as AnySignal; // `names` are the keys
      const note = (): void => {
        Atomics.store(levels, index, levelOf(attachment));
        if (attachment.attended) this.#attended.add(name);
        else this.#attended.delete(name);
      };
      const heard = (): void => {
        note();
        onChange(name);
      };
      const attachment = attachFar(manager, signal, { ...farOf(name), heard });
      this.#shares.set(name, { signal, attachment });
      note();
    });
  }

  /** Whether this thread has a receiver, wait or stream of a shared signal. */
  get attended(): boolean {
    return this.#attended.size > 0;
  }

  get(name: string): ThreadShare | undefined {
    return this.#shares.get(name);
  }

  /** Called when other threads have come or gone. */
  reachChanged(): void {
    for (const { attachment } of this.#shares.values()) attachment.reachChanged();
  }

  detach(): void {
    for (const { attachment } of this.#shares.values()) attachment[DISPOSE]();
  }
}
