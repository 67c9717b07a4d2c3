/** What the main thread and the workers say to each other: each thread makes these on a manager of its own. */
import { Signal, type SignalManager } from 'signalbox';

/** One picture to be made smaller. */
export interface Job {
  readonly source: string;
  readonly target: string;
  /** From 1: a thread may have ended over it before. */
  readonly attempt: number;
}

export function thumbnailSignals(manager: SignalManager) {
  return {
    /** Sent with the name of a worker as key; answered with the size of the thumbnail in bytes. */
    wanted: new Signal<Job, number>({ name: 'thumbnail_wanted', manager }),
    /** Emitted by workers, as the rows of a thumbnail come. */
    progressed: new Signal<{ source: string; percent: number }>({ name: 'thumbnail_progressed', manager }),
    /** Emitted by whoever has had enough: the work in hand is dropped, in all threads. */
    cancelled: new Signal<{ reason: string }>({ name: 'thumbnails_cancelled', manager }),
  };
}
