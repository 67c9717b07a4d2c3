/// <reference lib="esnext.disposable" />
import type { SignalManager, SignalToken } from '../index.js';

/** The options of `inspect`. */
export interface InspectOptions {
  /** The managers to show. Default: every live manager of the process, those made later too. */
  readonly managers?: Iterable<SignalManager> | undefined;
  /** 0 to 65 535; 0: a free one. The address is always 127.0.0.1. Default: 0. */
  readonly port?: number | undefined;
  /** Milliseconds between two messages of `/events`, 100 to 60 000. Default: 250. */
  readonly updateEveryMs?: number | undefined;
  /** How many finished sends to keep, 0 to 100 000. Default: 200. */
  readonly keepSends?: number | undefined;
  /** Called for each send; returns the JSON data to show for its kwargs. Default: only the names of the kwargs are shown. */
  readonly show?: ((kwargs: object, signal: SignalToken) => unknown) | undefined;
  /** Records where each receiver is connected (file:line:column). Makes `connect` slower. Default: false. */
  readonly connectSites?: boolean | undefined;
  /** Called with the url, token included. Default: prints one line to stderr. null: prints nothing. */
  readonly onReady?: ((url: string) => void) | null | undefined;
}

/** A running inspector: the page at its url, and the same data as objects. */
export interface Inspector extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/#<token>` */
  readonly url: string;
  /** Returns the counts of all signals and receivers now. */
  snapshot(): InspectorSnapshot;
  /** Returns kept and live sends, newest first. */
  sends(options?: { readonly signal?: SignalToken | undefined; readonly limit?: number | undefined }): SeenSend[];
  /**
   * Explains for each receiver of the signal and of ANY whether that send called it, and why.
   *
   * @returns undefined if the send is no longer kept.
   */
  whyNot(sendId: number): PastExplanation[] | undefined;
  /** Closes the server and its connections, stops watching, and removes the job file. */
  close(): Promise<void>;
}

// The rest is JSON data.

/** The counts of a process at one moment. Ids are whole numbers from 1, unique within an inspector and never reused. */
export interface InspectorSnapshot {
  readonly version: 1;
  readonly pid: number;
  /** milliseconds since 1970 */
  readonly at: number;
  readonly managers: readonly ManagerRow[];
  readonly signals: readonly SignalRow[];
  readonly peers: readonly PeerRow[];
  /** sends that are not over, oldest first; at most 1 000 */
  readonly live: readonly SeenSend[];
}

export interface ManagerRow {
  readonly id: number;
  readonly name: string | null;
  /** sends that have not settled */
  readonly pending: number;
}

/** Counts start with the inspector. The percentiles are null before the first finished send or call. */
export interface Tally {
  readonly failures: number;
  readonly inFlight: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** One signal. Percentiles of the duration of its sends; failures among their results. */
export interface SignalRow extends Tally {
  readonly id: number;
  readonly managerId: number;
  readonly name: string;
  readonly sends: number;
  /** in the last full second */
  readonly perSecond: number;
  /** 60 numbers: sends per full second, oldest first */
  readonly history: readonly number[];
  /** names of the threads and nodes that hear it */
  readonly peers: readonly string[];
  readonly receivers: readonly ReceiverRow[];
}

/**
 * One receiver of a signal. Percentiles of the duration of its calls. For a bus subscriber, a call is one payload or batch
 * that it handles.
 */
export interface ReceiverRow extends Tally {
  readonly id: number;
  readonly name: string;
  readonly kind: 'receiver' | 'subscriber';
  readonly filtered: boolean;
  /** whether it is connected to ANY */
  readonly any: boolean;
  readonly calls: number;
  /** `file:line:column` of its connect call, with `connectSites` */
  readonly site: string | null;
  readonly lastFailure: ErrorNote | null;
}

/** A thread or node, and the results from there. `kind` is null until the first result. */
export interface PeerRow {
  readonly name: string;
  readonly kind: 'thread' | 'node' | null;
  readonly results: number;
  readonly failures: number;
}

/** A failure, without message and stack: they may contain secrets. */
export interface ErrorNote {
  /** milliseconds since 1970 */
  readonly at: number;
  readonly name: string;
  readonly code: string | null;
}

/** One send, kept or live. */
export interface SeenSend {
  readonly id: number;
  readonly signalId: number;
  readonly signalName: string;
  /** the verb; `emitAfter` and `publish` of a bus are an `emit` */
  readonly kind: 'send' | 'serial' | 'sync' | 'emit';
  /** `remote`: made in another thread or node, delivered here */
  readonly origin: 'local' | 'remote';
  /** milliseconds since 1970 */
  readonly at: number;
  /** null while it is live */
  readonly durationMs: number | null;
  /** the return value of `show`, or the names of the kwargs */
  readonly kwargs: unknown;
  /** names of the threads and nodes that it went to */
  readonly peers: readonly string[];
  readonly calls: readonly SeenCall[];
}

/** One call of a receiver by a send. */
export interface SeenCall {
  readonly receiverId: number;
  readonly name: string;
  readonly status: 'pending' | 'fulfilled' | 'rejected';
  readonly error: ErrorNote | null;
}

/** Explains whether a send that is over called a receiver, and why. */
export interface PastExplanation {
  readonly receiverId: number;
  readonly name: string;
  readonly called: boolean;
  readonly because:
    | 'unfiltered'
    | 'sender'
    | 'key'
    | 'any signal'
    | 'no matching sender or key'
    | 'muted'
    | 'connected later'
    | 'disconnected'
    | 'once, used up'
    | 'collected'
    | 'stopped by until'
    | 'aborted'
    | 'not yet its turn';
}

/** The options of `picture`. */
export interface PictureOptions {
  /** Default: `'mermaid'`. `'dot'` is the language of Graphviz. */
  readonly format?: 'mermaid' | 'dot' | undefined;
  /**
   * Receivers to draw; one node '<n> more' stands for the others of a signal. A whole number, 1 or more. Default: 400,
   * because Mermaid draws at most 500 edges.
   */
  readonly maxReceivers?: number | undefined;
  /** Draws only the signals for which this returns true. Default: all. */
  readonly where?: ((signal: SignalToken) => boolean) | undefined;
}
