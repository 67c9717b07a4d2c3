import type { PendingSend } from '../dispatch/pending-sends.js';
import type { Until } from '../dispatch/stepwise.js';
import { parsedFilterOf } from '../signals/filter.js';
import type { Audience, DeliveredSend, FarHost, FarSend, FarSide } from './far-hook.js';
import type { SignalState } from './signal-state.js';
import type { SignalTable } from './signal-table.js';
import type { UncommonSends } from './uncommon-send.js';
import type { SignalToken } from '../contract/options.js';
import type { SendResult } from '../contract/signals.js';

/** Lets transports take part in the sends of a manager. */
export class ManagerFarHost implements FarHost {
  readonly #signals: SignalTable;
  readonly #sending: UncommonSends;
  /** The signals with a transport or a follower, if there are any, with their followers. A receiver of ANY hears them, too. */
  #attended: Map<SignalState, Set<() => void>> | undefined;
  /** The signals whose followers are called at the end of the running `connecting`. Undefined outside of it. */
  #due: Set<SignalState> | undefined;

  constructor(signals: SignalTable, sending: UncommonSends) {
    this.#signals = signals;
    this.#sending = sending;
  }

  get closed(): boolean {
    return this.#signals.closed;
  }

  /** Whether any signal has a transport or a follower. */
  get attended(): boolean {
    return this.#attended !== undefined;
  }

  checkOpen(): void {
    this.#signals.checkOpen();
  }

  onClose(callback: (error: Error) => void): () => void {
    return this.#signals.onClose(callback);
  }

  attach(signal: SignalToken, side: FarSide): () => void {
    this.#signals.checkSendable(signal);
    const state = this.#signals.ensure(signal);
    state.far = [...(state.far ?? []), side];
    this.#attend(state);
    return () => {
      if (state.far?.includes(side) !== true) return;
      const rest = state.far.filter((each) => each !== side);
      state.far = rest.length === 0 ? undefined : rest;
      this.#mayBeUnattended(state);
    };
  }

  follow(signal: SignalToken, changed: () => void): () => void {
    this.#signals.checkSendable(signal);
    const state = this.#signals.ensure(signal);
    const followers = this.#attend(state).add(changed);
    state.followed = true;
    state.tellTransports();
    return () => {
      if (!followers.delete(changed) || followers.size > 0) return;
      state.followed = false;
      this.#mayBeUnattended(state); // tells transports, too
    };
  }

  reachChanged(signal: SignalToken): void {
    const state = this.#signals.find(signal);
    if (state?.followed === true) state.audienceChanged();
  }

  isHeard(signal: SignalToken): boolean {
    if (this.#isSilent(signal)) return false;
    const far = this.#signals.find(signal)?.far ?? [];
    return this.audience(signal).heard !== 'nothing' || far.some((side) => side.reach(true).length > 0);
  }

  /**
   * Connects something, and calls followers only after it: a follower may send the signal, and such a send must not find a
   * connection that is half made.
   */
  connecting<T>(connect: () => T): T {
    if (!this.attended) return connect();
    const outer = this.#due;
    const due = (this.#due = new Set());
    try {
      return connect();
    } finally {
      this.#due = outer;
      for (const state of due) this.#tellFollowers(state);
    }
  }

  followersDue(state: SignalState): void {
    if (this.#due === undefined) this.#tellFollowers(state);
    else this.#due.add(state);
  }

  /** Called when receivers, waits or streams of ANY have come or gone. */
  anyChanged(): void {
    for (const state of [...(this.#attended?.keys() ?? [])]) state.audienceChanged();
  }

  audience(signal: SignalToken): Audience {
    const states = [this.#signals.find(signal), this.#signals.any];
    const audible = this.#isSilent(signal) ? [] : states.filter((state) => state?.muted === 0);
    const heard = audible.map((state) => state?.heard);
    return {
      heard: (['everything', 'filtered'] as const).find((level) => heard.includes(level)) ?? 'nothing',
      attended: states.some((state) => state?.attended === true),
      receiving: audible.some((state) => state?.table.empty === false),
      followed: this.#signals.find(signal)?.followed === true,
    };
  }

  calls(signal: SignalToken, { senders, keys }: Pick<FarSend, 'senders' | 'keys'>): boolean {
    const filter = parsedFilterOf({ senders, keys });
    return !this.#isSilent(signal) && this.#signals.choose(signal, filter).some(({ live }) => live);
  }

  deliver(signal: SignalToken, send: DeliveredSend): Promise<SendResult[]> {
    return this.#sending.deliver(signal, send);
  }

  deliverSerially(signal: SignalToken, send: DeliveredSend, until: Until | undefined): Promise<SendResult[]> {
    return this.#sending.deliverSerially(signal, send, until);
  }

  deliverEmit(signal: SignalToken, send: DeliveredSend): void {
    this.#sending.deliverEmit(signal, send);
  }

  report(...failure: Parameters<FarHost['report']>): void {
    this.#signals.home.failures.report(...failure);
  }

  hold(name: string): () => void {
    const held: PendingSend = { running: () => [{ name }] };
    const { home } = this.#signals;
    home.add(held);
    return () => home.delete(held);
  }

  /** @returns The followers of the signal. */
  #attend(state: SignalState): Set<() => void> {
    const attended = (this.#attended ??= new Map<SignalState, Set<() => void>>());
    const followers = attended.get(state) ?? new Set();
    attended.set(state, followers);
    return followers;
  }

  #tellFollowers(state: SignalState): void {
    for (const changed of [...(this.#attended?.get(state) ?? [])]) changed();
  }

  #mayBeUnattended(state: SignalState): void {
    if (state.far === undefined && !state.followed) {
      this.#attended?.delete(state);
      if (this.#attended?.size === 0) this.#attended = undefined;
    }
    state.mayBeVacant();
  }

  /** A muted signal has no audience, not even the receivers of ANY. */
  #isSilent(signal: SignalToken): boolean {
    return this.#signals.closed || this.#signals.isMuted(signal);
  }
}
