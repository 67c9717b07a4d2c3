import { ANY, type BusWork, type SendWatch, type SignalManager, type SignalToken } from '../../index.js';
import type { WatchedSend, WorkWatch } from '../../index.js';
import { DISPOSE } from '../../internal/dispose.js';
import { plainNameOf } from '../../signals/tokens.js';
import type { ConnectionFacts } from '../../watch/inspect-host.js';
import { queueOf } from '../../watch/queues.js';
import type { InspectorData, Position, Update } from '../inspector-data.js';
import { hostOf, picture } from '../picture.js';
import type { InspectOptions, InspectorSnapshot, PastExplanation, SeenSend } from '../types.js';
import { connectSite } from './connect-site.js';
import { ConnectionLog } from './connection-log.js';
import { errorNote } from './error-note.js';
import { GoneSignals } from './gone-signals.js';
import { Identities, isCollectable } from './identities.js';
import { ManagerRecord } from './manager-record.js';
import { nextPart } from './next-part.js';
import { PeerTable } from './peer-table.js';
import type { ReceiversOf } from './receivers-of.js';
import { SendLog } from './send-log.js';
import { SendRecord, isLocal } from './send-record.js';
import type { SignalRecord } from './signal-record.js';
import { SignalRecords } from './signal-records.js';
import { shownKwargs } from './shown-kwargs.js';
import { whyNot } from './why-not.js';

export interface CollectorOptions {
  readonly keepSends: number;
  readonly show: InspectOptions['show'];
  readonly connectSites: boolean;
  /** Whether a manager that was given, or found, still runs. */
  readonly isRunning: (manager: SignalManager) => boolean;
}

/** Watches managers and keeps what the page shows. Changes nothing, and keeps nothing of the app alive. */
export class Collector implements InspectorData {
  readonly #options: CollectorOptions;
  readonly #identities = new Identities();
  #nextMoment = 1;
  #nextId = 1;
  readonly #log = new ConnectionLog(this.#identities, () => this.#nextMoment++);
  readonly #managers = new Map<number, { readonly record: ManagerRecord; readonly end: () => void }>();
  readonly #signals = new SignalRecords(() => this.#nextId++);
  readonly #peers = new PeerTable();
  readonly #sends: SendLog;
  /** Grows with each change. */
  #version = 1;
  readonly #gone = new GoneSignals();
  #sweptAt = 0;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#sends = new SendLog(options.keepSends);
  }

  /** Watches a manager from now on. */
  add(manager: SignalManager): void {
    const host = hostOf(manager);
    const record = new ManagerRecord(this.#nextId++, manager, hostOf, this.#log);
    for (const token of [ANY, ...manager.signals()]) {
      const receivers = this.#receiversOf(record, token);
      for (const facts of host.connections(token)) this.#log.begin(receivers, facts);
    }
    const { connectSites } = this.#options;
    const unfollow = host.follow({
      connected: (facts, connection) => {
        const known = this.#log.begin(this.#receiversOf(record, facts.signal), facts, connection);
        if (connectSites) known.site ??= connectSite();
        this.#touchReceivers(record, facts);
      },
      disconnected: (facts, connection, usedUp) => {
        const ending = usedUp === true ? 'once, used up' : 'disconnected';
        this.#log.end(this.#receiversOf(record, facts.signal), facts, connection, ending);
        this.#touchReceivers(record, facts);
      },
    });
    const watch = manager.watch({
      onSend: (send) => this.#onSend(record, send),
      onWork: (work) => this.#onWork(record, work),
    });
    const end = (): void => {
      watch[DISPOSE]();
      unfollow();
    };
    this.#managers.set(record.id, { record, end });
    this.#version += 1;
  }

  close(): void {
    for (const { end } of this.#managers.values()) end();
    this.#managers.clear();
  }

  hasSignal(id: number): boolean {
    return this.#signals.get(id) !== undefined;
  }

  /** The ids that signals with this token have. */
  idsOf(token: SignalToken): number[] {
    return [...this.#signals].filter((record) => record.token === token).map(({ id }) => id);
  }

  snapshot(): InspectorSnapshot {
    this.#refresh();
    return this.#snapshot([...this.#signals], () => true);
  }

  sends(signalId: number | undefined, limit: number): SeenSend[] {
    return this.sendsOf(signalId === undefined ? undefined : [signalId], limit);
  }

  /** Kept and live sends, newest first. */
  sendsOf(signalIds: readonly number[] | undefined, limit: number | undefined): SeenSend[] {
    return this.#sends.newest(signalIds, limit);
  }

  whyNot(sendId: number): PastExplanation[] | undefined {
    const send = this.#sends.get(sendId);
    if (send === undefined) return undefined;
    const { token, manager, receivers } = send.signal;
    if (token !== undefined) manager.connectedTo(token, receivers); // notices collected receivers
    return whyNot(send);
  }

  picture(managerId: number | undefined, format: 'mermaid' | 'dot'): string | undefined {
    const [first] = this.#managers.keys();
    const manager = this.#managers.get(managerId ?? first ?? 0)?.record.manager;
    return manager && picture(manager, { format });
  }

  update(since: Position | undefined, signalId: number | undefined): Update | undefined {
    this.#refresh();
    const version = this.#version;
    const all = [...this.#signals];
    const chosen = ({ id }: SignalRecord): boolean => id === signalId;
    if (since === undefined || !this.#gone.reachesBackTo(since.version)) {
      return { position: { version }, message: { type: 'snapshot', snapshot: this.#snapshot(all, chosen) } };
    }
    if (since.version === version) return undefined;
    const { records, position } = nextPart(all, since, version);
    const { at, managers, signals, peers, live } = this.#snapshot(records, chosen);
    const gone = this.#gone.since(since.version);
    return { position, message: { type: 'change', at, managers, signals, gone, peers, live } };
  }

  #snapshot(records: readonly SignalRecord[], hasReceivers: (record: SignalRecord) => boolean): InspectorSnapshot {
    return {
      version: 1,
      pid: process.pid,
      at: Date.now(),
      managers: Array.from(this.#managers.values(), ({ record }) => record.row),
      signals: records.map((record) => record.row(hasReceivers(record) ? record.receiverRows() : [])),
      peers: this.#peers.rows,
      live: this.#sends.live(),
    };
  }

  #onSend(manager: ManagerRecord, send: WatchedSend): SendWatch {
    const second = currentSecond();
    const signal = this.#signals.ensure(manager, send.signal, send.signalName, second);
    signal.sends.begin();
    signal.rate.count(second);
    const { sender, senders, keys } = send.context;
    const aim = {
      moment: this.#nextMoment++,
      senders: sender === undefined ? UNFILTERED : this.#identities.all(senders),
      keys: keys.size === 0 ? UNFILTERED : this.#identities.all(keys),
    };
    const shown = shownKwargs(send, this.#options.show);
    const record = new SendRecord(this.#nextId++, signal, send, aim, shown, this.#mutesOf(manager, send));
    this.#sends.begin(record);
    this.#touch(signal);
    return {
      call: (receiver, go) => {
        this.#touch(signal);
        return record.call(receiver, go);
      },
      onResult: (result) => {
        this.#touch(signal);
        if (result.status === 'rejected') signal.sends.failures += 1;
        if (isLocal(result)) record.settle(result);
        else this.#peers.count(result);
      },
      onEnd: () => {
        this.#touch(signal);
        const { token } = signal;
        record.end(this.#nextMoment++, token !== undefined && manager.host?.isMuted(token) === true);
        this.#sends.end(record);
      },
    };
  }

  #onWork(manager: ManagerRecord, work: BusWork): WorkWatch | undefined {
    const { signal: token } = work;
    const queue = queueOf(work);
    if (token === undefined || queue === undefined) return undefined;
    const signal = this.#signals.ensure(manager, token, plainNameOf(token), currentSecond());
    const [known] = signal.receivers.byFunction(queue).values();
    if (known === undefined) return undefined;
    const tally = signal.tallyOf(known);
    const startedMs = performance.now();
    tally.begin();
    this.#touch(signal);
    return {
      onEnd: (failure) => {
        tally.end(performance.now() - startedMs);
        if (failure !== undefined) tally.failed(errorNote(failure.error));
        this.#touch(signal);
      },
    };
  }

  #mutesOf(manager: ManagerRecord, { signal, receivers, peers }: WatchedSend): SendRecord['muted'] {
    const { host } = manager;
    const isMuted = (token: SignalToken): boolean => host?.isMuted(token) === true;
    return {
      own: receivers === 0 && peers.length === 0 && isMuted(signal),
      any: manager.any.all.size > 0 && isMuted(ANY),
    };
  }

  #receiversOf(manager: ManagerRecord, token: SignalToken): ReceiversOf {
    return token === ANY
      ? manager.any
      : this.#signals.ensure(manager, token, plainNameOf(token), currentSecond()).receivers;
  }

  #touch(signal: SignalRecord): void {
    signal.touch(++this.#version);
  }

  #touchReceivers(manager: ManagerRecord, { signal }: ConnectionFacts): void {
    this.#version += 1;
    if (signal === ANY) manager.anyChanged = this.#version;
    else this.#signals.find(manager, signal)?.touch(this.#version);
  }

  /** Takes note of what changes by itself. */
  #refresh(): void {
    const second = currentSecond();
    for (const signal of this.#signals) if (signal.rate.advance(second)) this.#touch(signal);
    this.#notePeers();
    if (second !== this.#sweptAt) this.#sweep();
    this.#sweptAt = second;
  }

  #notePeers(): void {
    const hearing = new Set<string>();
    const heard = new Set<SignalRecord>();
    for (const { record } of this.#managers.values()) {
      for (const { signal: token, names } of record.host?.peers() ?? []) {
        const signal = this.#signals.ensure(record, token, plainNameOf(token), currentSecond());
        heard.add(signal);
        for (const name of names) hearing.add(name);
        if (names.join('\n') === signal.peers.join('\n')) continue;
        signal.peers = names;
        this.#touch(signal);
      }
    }
    for (const signal of this.#signals) {
      if (signal.peers.length === 0 || heard.has(signal)) continue;
      signal.peers = [];
      this.#touch(signal);
    }
    if ([this.#peers.add(hearing), this.#peers.keep(hearing)].includes(true)) this.#version += 1;
  }

  /** Removes managers that are closed or collected, and signals that nobody can send any more. */
  #sweep(): void {
    for (const [id, { record, end }] of this.#managers) {
      if (record.manager !== undefined && this.#options.isRunning(record.manager)) continue;
      end();
      this.#managers.delete(id);
      this.#version += 1;
    }
    const ids = this.#signals.sweep(({ manager, token, rate, receivers, peers }) => {
      if (!this.#managers.has(manager.id)) return true;
      if (token === undefined) return true;
      return !isCollectable(token) && rate.idle && !receivers.live && peers.length === 0;
    });
    if (ids.length > 0) this.#gone.add(ids, ++this.#version);
  }
}

const UNFILTERED: readonly unknown[] = Object.freeze([]);

function currentSecond(): number {
  return Math.floor(performance.now() / 1_000);
}
