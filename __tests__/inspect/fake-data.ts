import type { InspectorData, Position, Update } from '../../src/inspect/inspector-data.js';
import type {
  InspectorSnapshot,
  ManagerRow,
  PastExplanation,
  PeerRow,
  ReceiverRow,
  SeenSend,
  SignalRow,
} from '../../src/inspect/types.js';

/** 2026-03-01 09:00:00 UTC */
export const START_MS = Date.UTC(2026, 2, 1, 9);

/** Data that a test sets. Every change of `signals`, `managers`, `peers` or `live` is told by `touch`. */
export class FakeData implements InspectorData {
  at = START_MS;
  managers: ManagerRow[] = [];
  readonly signals = new Map<number, SignalRow>();
  peers: PeerRow[] = [];
  live: SeenSend[] = [];
  kept: SeenSend[] = [];
  readonly explanations = new Map<number, readonly PastExplanation[]>();
  #version = 1;
  readonly #changedAt = new Map<number, number>();
  readonly #goneAt = new Map<number, number>();

  /** Adds or replaces rows. */
  set(...rows: readonly SignalRow[]): void {
    this.#version += 1;
    for (const row of rows) {
      this.signals.set(row.id, row);
      this.#changedAt.set(row.id, this.#version);
    }
  }

  remove(id: number): void {
    this.#version += 1;
    this.signals.delete(id);
    this.#goneAt.set(id, this.#version);
  }

  /** Counts as a change of everything other than signals. */
  touch(): void {
    this.#version += 1;
  }

  hasSignal(id: number): boolean {
    return this.signals.has(id);
  }

  snapshot(): InspectorSnapshot {
    return { ...this.#rest(), version: 1, pid: 4711, signals: [...this.signals.values()] };
  }

  sends(signalId: number | undefined, limit: number): SeenSend[] {
    return [...this.kept, ...this.live]
      .filter((send) => signalId === undefined || send.signalId === signalId)
      .sort((a, b) => b.id - a.id)
      .slice(0, limit);
  }

  whyNot(sendId: number): readonly PastExplanation[] | undefined {
    return this.explanations.get(sendId);
  }

  picture(managerId = this.managers[0]?.id, format: 'mermaid' | 'dot' = 'mermaid'): string | undefined {
    if (!this.managers.some(({ id }) => id === managerId)) return undefined;
    return format === 'dot' ? 'digraph signals {\n}\n' : 'flowchart LR\n';
  }

  update(since: Position | undefined, signalId: number | undefined): Update | undefined {
    const version = this.#version;
    if (since?.version === version) return undefined;
    const row = (signal: SignalRow): SignalRow => (signal.id === signalId ? signal : { ...signal, receivers: [] });
    const rows = [...this.signals.values()];
    if (since === undefined) {
      const snapshot = { ...this.snapshot(), signals: rows.map(row) };
      return { position: { version }, message: { type: 'snapshot', snapshot } };
    }
    const later = (of: ReadonlyMap<number, number>) => (id: number) => (of.get(id) ?? 0) > since.version;
    const signals = rows.filter(({ id }) => later(this.#changedAt)(id)).map(row);
    const gone = [...this.#goneAt.keys()].filter(later(this.#goneAt));
    return { position: { version }, message: { type: 'change', ...this.#rest(), signals, gone } };
  }

  #rest(): Pick<InspectorSnapshot, 'at' | 'managers' | 'peers' | 'live'> {
    const { at, managers, peers, live } = this;
    return { at, managers, peers, live };
  }
}

export function signalRow(id: number, name: string, more: Partial<SignalRow> = {}): SignalRow {
  const counts = { sends: 0, perSecond: 0, failures: 0, inFlight: 0, p50Ms: null, p99Ms: null };
  const history = Array.from({ length: 60 }, () => 0);
  return { id, managerId: 1, name, ...counts, history, peers: [], receivers: [], ...more };
}

export function receiverRow(id: number, name: string, more: Partial<ReceiverRow> = {}): ReceiverRow {
  const counts = { calls: 0, failures: 0, inFlight: 0, p50Ms: null, p99Ms: null };
  return { id, name, kind: 'receiver', filtered: false, any: false, ...counts, site: null, lastFailure: null, ...more };
}

export function seenSend(id: number, signal: SignalRow, more: Partial<SeenSend> = {}): SeenSend {
  return {
    id,
    signalId: signal.id,
    signalName: signal.name,
    kind: 'send',
    origin: 'local',
    at: START_MS,
    durationMs: 1,
    kwargs: ['order'],
    peers: [],
    calls: [],
    ...more,
  };
}
