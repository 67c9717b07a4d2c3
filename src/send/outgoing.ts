import type { Limits } from '../dispatch/limits.js';
import type { Link } from '../receivers/link.js';
import type { UncommonContext } from '../signals/context.js';
import type { ReportOptions } from '../signals/failure-log.js';
import type { ParsedFilter } from '../signals/filter.js';
import type { DeliveredSend } from './far-hook.js';
import type { SignalTable } from './signal-table.js';
import type { SendOptions, SignalToken } from '../contract/options.js';
import type { TraceParent, WatchedSend } from '../contract/signals.js';
import type { Watching } from '../watch/watching.js';

/** The arguments of a send, after their checks. */
export interface Given {
  readonly kind: WatchedSend['kind'];
  readonly signal: SignalToken;
  readonly kwargs: object;
  readonly options: SendOptions | undefined;
  readonly routing: ParsedFilter | undefined;
  readonly limits?: Limits | undefined;
  readonly hurrySignal?: AbortSignal | undefined;
  /** Given if it was sent in another thread or node. */
  readonly delivered?: DeliveredSend | undefined;
}

/** One send, whose receivers have been chosen. */
export interface Outgoing extends Given {
  /** The signals of its manager. */
  readonly signals: SignalTable;
  readonly context: UncommonContext;
  readonly reports: ReportOptions | undefined;
  /** The local receivers, those of ANY included. */
  readonly links: readonly Link[];
  /** The trace that travels with it. */
  trace: TraceParent | undefined;
  /** Undefined if nobody watches it. */
  watch: Watching | undefined;
}
