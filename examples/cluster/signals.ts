/**
 * What the processes of the cluster say to each other. The primary and the servers share these signals by their names.
 */
import { SignalManager } from 'signalbox';

export const clusterSignals = new SignalManager({ name: 'notes cluster' });

/** All servers finish what they have in hand and end, whichever process sends it. */
export const serverStop = clusterSignals.signal<{ reason: string }>('server_stop');

/** A note has been written: what caches hold of it is old. */
export const cacheInvalidated = clusterSignals.signal<{ name: string }>('cache_invalidated');

/** Processes with the same namespace share their signals. */
export const namespace = 'notes';
