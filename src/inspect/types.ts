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
  /** Called for each send; returns the JSON data to show for its kwargs, no promise. Default: only their names are shown. */
  readonly show?: ((kwargs: object, signal: SignalToken) => unknown) | undefined;
  /** Records where each receiver is connected (file:line:column). Makes `connect` slower. Default: false. */
  readonly connectSites?: boolean | undefined;
  /** Called with the url, token included; a promise is awaited. Default: prints one line to stderr. null: prints nothing. */
  readonly onReady?: ((url: string) => void) | null | undefined;
}

/** A running inspector: the page at its url, and the same data as objects. */
export interface Inspector extends AsyncDisposable {
  /** The address of the page: `http://127.0.0.1:<port>/#<token>`. */
  readonly url: string;
  /** Returns the counts of all signals and receivers now. */
  snapshot(): InspectorSnapshot;
  /** Returns kept and live sends, newest first. `signal` finds none of a signal in the row `(others)`. */
  sends(options?: { readonly signal?: SignalToken | undefined; readonly limit?: number | undefined }): SeenSend[];
  /**
   * Explains for each receiver of the signal and of ANY whether that send called it, and why. For a signal in the row
   * `(others)`, the receivers of all its signals are listed.
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
  /** The version of this format. */
  readonly version: 1;
  /** The id of the process. */
  readonly pid: number;
  /** milliseconds since 1970 */
  readonly at: number;
  /** One row per manager that is inspected and alive. */
  readonly managers: readonly ManagerRow[];
  /** One row per signal, of all managers. */
  readonly signals: readonly SignalRow[];
  /** One row per thread and node that hears a signal or has given a result. */
  readonly peers: readonly PeerRow[];
  /** sends that are not over, oldest first; at most 1 000 */
  readonly live: readonly SeenSend[];
}

/** One manager. */
export interface ManagerRow {
  /** The number that `managerId` of a signal names. */
  readonly id: number;
  /** Its name, or null if it has none. */
  readonly name: string | null;
  /** sends that have not settled */
  readonly pending: number;
}

/** Counts start with the inspector. The percentiles are null before the first finished send or call. */
export interface Tally {
  /** How many results were rejected. */
  readonly failures: number;
  /** How many have begun and not ended. */
  readonly inFlight: number;
  /** The median duration in milliseconds, at most twice the true one. */
  readonly p50Ms: number | null;
  /** The duration in milliseconds that 99 of 100 stayed within, at most twice the true one. */
  readonly p99Ms: number | null;
}

/** One signal. Percentiles of the duration of its sends; failures among their results. */
export interface SignalRow extends Tally {
  /** The number that `signalId` of a send names. */
  readonly id: number;
  /** The `id` of its manager. */
  readonly managerId: number;
  /** Its name, as in messages. */
  readonly name: string;
  /** How many sends have begun. */
  readonly sends: number;
  /** in the last full second */
  readonly perSecond: number;
  /** 60 numbers: sends per full second, oldest first */
  readonly history: readonly number[];
  /** names of the threads and nodes that hear it */
  readonly peers: readonly string[];
  /** Its receivers in the order of the calls, then those of ANY. */
  readonly receivers: readonly ReceiverRow[];
}

/**
 * One receiver of a signal. Percentiles of the duration of its calls. For a bus subscriber, a call is one payload or batch
 * that it handles.
 */
export interface ReceiverRow extends Tally {
  /** The number that `receiverId` of a call names. */
  readonly id: number;
  /** The name of the function. */
  readonly name: string;
  /** Whether it is a function that was connected, or a subscriber of a bus. */
  readonly kind: 'receiver' | 'subscriber';
  /** Whether it is connected to senders or keys. */
  readonly filtered: boolean;
  /** whether it is connected to ANY */
  readonly any: boolean;
  /** How many calls have begun. */
  readonly calls: number;
  /** `file:line:column` of its connect call, with `connectSites` */
  readonly site: string | null;
  /** Its latest failure, or null if there was none. */
  readonly lastFailure: ErrorNote | null;
}

/** A thread or node, and the results from there. `kind` is null until the first result. */
export interface PeerRow {
  /** The name of the thread or node. */
  readonly name: string;
  /** Whether it is a thread or a node. */
  readonly kind: 'thread' | 'node' | null;
  /** How many results came from there. */
  readonly results: number;
  /** How many of these were rejected. */
  readonly failures: number;
}

/** A failure, without message and stack: they may contain secrets. */
export interface ErrorNote {
  /** milliseconds since 1970 */
  readonly at: number;
  /** The name of the error, or the type of another value that was thrown. */
  readonly name: string;
  /** The `code` of the error, or null if that is not a text. */
  readonly code: string | null;
}

/** One send, kept or live. */
export interface SeenSend {
  /** The number that `whyNot` takes. */
  readonly id: number;
  /** The `id` of the signal. */
  readonly signalId: number;
  /** The name of the signal. */
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
  /** The calls of receivers in this thread so far, in their order. */
  readonly calls: readonly SeenCall[];
}

/** One call of a receiver by a send. */
export interface SeenCall {
  /** The `id` of the receiver. */
  readonly receiverId: number;
  /** The name of the receiver. */
  readonly name: string;
  /** How the call has settled, or that it has not. */
  readonly status: 'pending' | 'fulfilled' | 'rejected';
  /** The failure of a rejected call, otherwise null. */
  readonly error: ErrorNote | null;
}

/** Explains whether a send that is over called a receiver, and why. */
export interface PastExplanation {
  /** The `id` of the receiver. */
  readonly receiverId: number;
  /** The name of the receiver. */
  readonly name: string;
  /** Whether the send called the receiver. */
  readonly called: boolean;
  /** Why it was called, or why it was not. */
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
