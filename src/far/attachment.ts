import { checkFunction, checkObject } from '../internal/check.js';
import { classNamed } from './error-class-by-name.js';
import { DISPOSE } from '../internal/dispose.js';
import type { Until } from '../dispatch/stepwise.js';
import type { FarAttachment, FarDelivery, FarReceivers, FarSend, Heard } from './index.js';
import type { PendingSends } from '../dispatch/pending-sends.js';
import { parsedFilterOf } from '../signals/filter.js';
import type { UncommonSends } from '../send/uncommon-send.js';
import type { SignalState } from '../send/signal-state.js';
import type { SignalTable } from '../send/signal-table.js';
import { ANY } from '../signals/tokens.js';
import type { Receiver, SendResult, SignalToken } from '../contract/signals.js';

/** The attachments of a manager, each of which is told when what is heard here changes. */
export class FarAttachments {
  readonly #home: PendingSends;
  readonly #signals: SignalTable;
  readonly #sending: UncommonSends;
  readonly #attached = new Set<Attachment>();

  constructor(home: PendingSends, signals: SignalTable, sending: UncommonSends) {
    this.#home = home;
    this.#signals = signals;
    this.#sending = sending;
  }

  attach(signal: SignalToken, far: FarReceivers): FarAttachment {
    checkFar(far);
    const state = this.#signals.ensure(signal);
    const attachment = new Attachment(this.#home, this.#signals, this.#sending, signal, far, () => {
      if (!this.#attached.delete(attachment)) return;
      // The same may be attached twice.
      const rest = [...(state.far ?? [])];
      rest.splice(rest.indexOf(far), 1);
      state.far = rest.length === 0 ? undefined : rest;
      state.mayBeVacant();
    });
    state.far = [...(state.far ?? []), far];
    this.#attached.add(attachment);
    return attachment;
  }

  /** What is connected to ANY hears every signal. */
  audienceChanged(state: SignalState): void {
    for (const attachment of this.#attached) {
      if (state.token === ANY || state.token === attachment.signal) attachment.review();
    }
  }
}

class Attachment implements FarAttachment {
  readonly signal: SignalToken;
  readonly #home: PendingSends;
  readonly #signals: SignalTable;
  readonly #sending: UncommonSends;
  readonly #far: FarReceivers;
  readonly #detach: () => void;
  /** What the receivers elsewhere have been told of. */
  #told: Pick<FarAttachment, 'heard' | 'attended' | 'receiving'>;

  constructor(
    home: PendingSends,
    signals: SignalTable,
    sending: UncommonSends,
    signal: SignalToken,
    far: FarReceivers,
    detach: () => void,
  ) {
    this.#home = home;
    this.#signals = signals;
    this.#sending = sending;
    this.signal = signal;
    this.#far = far;
    this.#detach = detach;
    const { heard, attended, receiving } = this;
    this.#told = { heard, attended, receiving };
  }

  get heard(): Heard {
    const heard = this.#silent ? [] : this.#states().map((state) => (state?.muted === 0 ? state.heard : undefined));
    return (['everything', 'filtered'] as const).find((level) => heard.includes(level)) ?? 'nothing';
  }

  get attended(): boolean {
    return this.#states().some((state) => state?.attended === true);
  }

  get receiving(): boolean {
    return !this.#silent && this.#states().some((state) => state?.muted === 0 && !state.table.empty);
  }

  calls({ senders, keys }: Pick<FarSend, 'senders' | 'keys'>): boolean {
    return (
      !this.#silent && this.#signals.choose(this.signal, parsedFilterOf({ senders, keys })).some(({ live }) => live)
    );
  }

  review(): void {
    const { heard, attended, receiving } = this;
    const told = this.#told;
    if (heard === told.heard && attended === told.attended && receiving === told.receiving) return;
    this.#told = { heard, attended, receiving };
    this.#far.heard(heard);
  }

  deliver(delivery: FarDelivery): Promise<SendResult[]> {
    try {
      return this.#sending.deliver(this.signal, delivery);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  deliverSerially(delivery: FarDelivery, until?: Until): Promise<SendResult[]> {
    try {
      return this.#sending.deliverSerially(this.signal, delivery, until);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  deliverEmit(delivery: FarDelivery): void {
    try {
      this.#sending.deliverEmit(this.signal, delivery);
    } catch (error) {
      this.report(error, 'elsewhere', delivery);
    }
  }

  report(error: unknown, place: string, send?: Partial<Pick<FarSend, 'senders' | 'expected'>>): void {
    const context = { signal: this.signal, sender: send?.senders?.[0] };
    this.#home.failures.report(error, standInFor(place), context, send?.expected?.map(classNamed));
  }

  hold(name: string): () => void {
    const entry = { running: () => [{ name }] };
    this.#home.add(entry);
    return () => this.#home.delete(entry);
  }

  [DISPOSE](): void {
    this.#detach();
  }

  /** A signal that is muted itself is heard by nobody, not even by what is connected to ANY. */
  get #silent(): boolean {
    return this.#signals.closed || this.#signals.isMuted(this.signal);
  }

  #states(): readonly (SignalState | undefined)[] {
    return [this.#signals.find(this.signal), this.#signals.any];
  }
}

/** What reports and explanations name where receivers elsewhere have no function here. */
export function standInFor(place: string): Receiver {
  const receiver: Receiver = () => {
    throw new Error(`The receivers of ${place} can only be called there`);
  };
  return Object.defineProperty(receiver, 'name', { value: place });
}

function checkFar(far: FarReceivers): void {
  checkObject(far, 'far');
  const { reach, prepare, heard } = far as { readonly [K in keyof FarReceivers]: unknown };
  checkFunction(reach, 'far.reach');
  checkFunction(prepare, 'far.prepare');
  checkFunction(heard, 'far.heard');
}
