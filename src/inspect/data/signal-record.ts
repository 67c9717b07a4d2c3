import type { Receiver, SignalToken } from '../../index.js';
import type { ReceiverRow, SignalRow } from '../types.js';
import { CallTally, ReceiverTally } from './call-tally.js';
import { isCollectable } from './identities.js';
import type { Aim, KnownReceiver } from './known-receiver.js';
import type { ManagerRecord } from './manager-record.js';
import { Rate } from './rate.js';
import { ReceiversOf } from './receivers-of.js';

/** A send that calls receivers. */
interface Calling {
  readonly aim: Aim;
  /** The receivers that it has not called yet, of the functions that are connected with several `this`. */
  readonly waiting: Map<Receiver, Iterator<KnownReceiver>>;
}

/** The counts of one signal of one manager, or of all signals beyond the limit. */
export class SignalRecord {
  readonly id: number;
  readonly manager: ManagerRecord;
  readonly name: string;
  readonly sends = new CallTally();
  readonly rate: Rate;
  readonly receivers = new ReceiversOf();
  peers: readonly string[] = [];
  readonly #nextId: () => number;
  readonly #tallies = new WeakMap<KnownReceiver, ReceiverTally>();
  #token: { deref(): SignalToken | undefined } | undefined;
  #changed = 0;

  /** @param nextId - Gives ids that are unique within the inspector. */
  constructor(manager: ManagerRecord, name: string, second: number, nextId: () => number) {
    this.id = nextId();
    this.manager = manager;
    this.name = name;
    this.rate = new Rate(second);
    this.#nextId = nextId;
  }

  /** It counts this signal alone, and does not keep it alive. */
  for(token: SignalToken): this {
    this.#token = isCollectable(token) ? new WeakRef(token) : { deref: () => token };
    return this;
  }

  /** undefined once the signal has been collected, and for the signals beyond the limit. */
  get token(): SignalToken | undefined {
    return this.#token?.deref();
  }

  /** The version of the data in which it has changed last. */
  get changed(): number {
    return Math.max(this.#changed, this.manager.anyChanged);
  }

  touch(version: number): void {
    this.#changed = version;
  }

  tallyOf(known: KnownReceiver): ReceiverTally {
    const found = this.#tallies.get(known);
    if (found !== undefined) return found;
    const made = new ReceiverTally(this.#nextId(), known, this.manager.any.all.has(known));
    this.#tallies.set(known, made);
    return made;
  }

  /** Finds the receiver that a send calls next. */
  calledBy(receiver: Receiver, send: Calling): ReceiverTally | undefined {
    const own = this.receivers.byFunction(receiver);
    const any = this.manager.any.byFunction(receiver);
    const [first] = own.size > 0 ? own.values() : any.values();
    if (first === undefined) return undefined;
    if (own.size + any.size === 1) return this.tallyOf(first);
    const { aim, waiting } = send;
    const left = waiting.get(receiver) ?? [...own.values(), ...any.values()].values();
    waiting.set(receiver, left);
    for (let next = left.next(); next.done !== true; next = left.next()) {
      if (next.value.isDue(aim)) return this.tallyOf(next.value);
    }
    return undefined;
  }

  /** The receivers that it has now, in the order of the calls, those of ANY last. */
  receiverRows(): ReceiverRow[] {
    const { token } = this;
    if (token === undefined) return [];
    const connected = this.manager.connectedTo(token, this.receivers);
    return connected.map(({ known, filtered }) => this.tallyOf(known).receiverRow(filtered));
  }

  row(receivers: readonly ReceiverRow[]): SignalRow {
    const { id, name, peers, rate, sends } = this;
    const { perSecond, history } = rate;
    return {
      id,
      managerId: this.manager.id,
      name,
      sends: sends.count,
      perSecond,
      history,
      peers,
      receivers,
      ...sends.row,
    };
  }
}
