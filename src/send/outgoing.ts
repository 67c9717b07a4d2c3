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

/** One send. Its arguments have been checked. */
export interface Outgoing {
  /** The signals of its manager. */
  readonly signals: SignalTable;
  readonly kind: WatchedSend['kind'];
  readonly signal: SignalToken;
  readonly kwargs: object;
  readonly options: SendOptions | undefined;
  readonly routing: ParsedFilter | undefined;
  readonly limits: Limits | undefined;
  readonly hurrySignal: AbortSignal | undefined;
  /** Given if it was sent in another thread or node. */
  readonly delivered: DeliveredSend | undefined;
  readonly context: UncommonContext;
  readonly reports: ReportOptions | undefined;
  /** The local receivers, those of ANY included. They are chosen when the send is performed. */
  links: readonly Link[];
  /** The trace that travels with it. */
  trace: TraceParent | undefined;
  /** Undefined if nobody watches it. */
  watch: Watching | undefined;
}
