import { computed, effect, signal } from '@preact/signals';
import type { EventMessage } from '../inspector-data.js';
import type { ManagerRow, PastExplanation, PeerRow, SeenSend, SignalRow } from '../types.js';
import { RefusedError, getJson, readEvents } from './requests.js';

// All that the page shows, and where it comes from.

/** `gone`: the process was there and does not answer any more. `refused`: there is no valid token. */
export type ConnectionState = 'connecting' | 'live' | 'gone' | 'refused';
export const connectionState = signal<ConnectionState>('connecting');
export const paused = signal(false);

export const pid = signal<number | undefined>(undefined);
/** The time of the newest data. */
export const at = signal(0);
export const managerRows = signal<readonly ManagerRow[]>([]);
export const signalRows = signal<ReadonlyMap<number, SignalRow>>(new Map());
export const peers = signal<readonly PeerRow[]>([]);
export const live = signal<readonly SeenSend[]>([]);

export const search = signal('');
export const selectedId = signal<number | undefined>(undefined);
export const selectedRow = computed(() =>
  selectedId.value === undefined ? undefined : signalRows.value.get(selectedId.value),
);

/** Sends of the selected signal, or of all, newest first. */
export const sends = signal<readonly SeenSend[]>([]);
/** Whether the pointer is on the sends, which must not move then. */
export const sendsPointedAt = signal(false);
export const selectedSendId = signal<number | undefined>(undefined);
export const selectedSend = computed(() => sends.value.find(({ id }) => id === selectedSendId.value));
/** The receivers of the selected send; null if the process does not keep it any more. */
export const explanations = signal<readonly PastExplanation[] | null | undefined>(undefined);

export const listHeld = computed(() => sendsPointedAt.value || selectedSendId.value !== undefined);

export function selectSignal(id: number | undefined): void {
  selectSend(undefined);
  selectedId.value = id;
}

export function selectSend(id: number | undefined): void {
  selectedSendId.value = id;
  explanations.value = undefined;
}

function take(message: EventMessage): void {
  const isSnapshot = message.type === 'snapshot';
  const {
    at: newestAt,
    managers: newManagers,
    signals,
    peers: peerRows,
    live: liveSends,
  } = isSnapshot ? message.snapshot : message;
  const rows = new Map(isSnapshot ? [] : signalRows.value);
  for (const row of signals) rows.set(row.id, row);
  if (isSnapshot) pid.value = message.snapshot.pid;
  else for (const id of message.gone) rows.delete(id);
  at.value = newestAt;
  managerRows.value = newManagers;
  peers.value = peerRows;
  live.value = liveSends;
  signalRows.value = rows;
  const selected = selectedId.peek();
  if (selected !== undefined && !rows.has(selected)) selectSignal(undefined);
}

const RECONNECT_MS = 2_000;
const SENDS_EVERY_MS = 1_000;

/** Follows the process, and the selected signal, as long as the page is open. */
export function follow(): void {
  effect(() => {
    const id = selectedId.value;
    if (paused.value) return undefined;
    const stopped = new AbortController();
    void followEvents(id, stopped.signal);
    return () => stopped.abort();
  });
  selectedId.subscribe(() => {
    sends.value = [];
    sendsReader.readNow();
  });
  // Read again when the send is over: a live one has not reached all receivers yet.
  const whatToExplain = computed(() => `${selectedSendId.value ?? ''} ${selectedSend.value?.durationMs === null}`);
  whatToExplain.subscribe(() => {
    const id = selectedSendId.peek();
    if (id !== undefined) void readExplanations(id);
  });
}

async function followEvents(signalId: number | undefined, stopped: AbortSignal): Promise<void> {
  const after = await readOnce(signalId, stopped);
  if (stopped.aborted) return;
  connectionState.value = after;
  if (after === 'refused') return;
  setTimeout(() => {
    if (!stopped.aborted) void followEvents(signalId, stopped);
  }, RECONNECT_MS);
}

/** Resolves with the state after the connection. */
async function readOnce(signalId: number | undefined, stopped: AbortSignal): Promise<ConnectionState> {
  try {
    for await (const message of readEvents(signalId, stopped)) {
      take(message);
      connectionState.value = 'live';
      sendsReader.readSoon();
    }
    return 'gone';
  } catch (error) {
    return error instanceof RefusedError ? 'refused' : 'gone';
  }
}

/** One reader of sends, at most one answer a second, and at once for another selection. */
class SendsReader {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #readAtMs = -Infinity;

  readSoon(): void {
    this.#timer ??= setTimeout(() => this.#read(), this.#readAtMs + SENDS_EVERY_MS - Date.now());
  }

  readNow(): void {
    clearTimeout(this.#timer);
    this.#read();
  }

  #read(): void {
    this.#timer = undefined;
    this.#readAtMs = Date.now();
    const id = selectedId.peek();
    getJson<readonly SeenSend[]>(id === undefined ? '/sends' : `/sends?signal=${id}`).then(
      (answer) => {
        if (id === selectedId.peek()) showSends(answer ?? []);
      },
      // Without an answer, `followEvents` tells why.
      () => undefined,
    );
  }
}

const sendsReader = new SendsReader();

/** While somebody reads them, sends stay where they are. */
function showSends(newest: readonly SeenSend[]): void {
  const byId = new Map(newest.map((send) => [send.id, send]));
  sends.value = listHeld.peek() ? sends.peek().map((send) => byId.get(send.id) ?? send) : newest;
}

async function readExplanations(sendId: number): Promise<void> {
  const answer = await getJson<readonly PastExplanation[]>(`/why-not?send=${sendId}`).catch(() => undefined);
  if (sendId === selectedSendId.peek()) explanations.value = answer ?? explanations.peek() ?? null;
}
