/**
 * What the parts of the server say to each other. Every part imports this file, and no part imports another.
 */
import { SignalManager } from 'signalbox';

/** The manager of this server: its signals are its own, whatever else runs in the process. */
export const serverSignals = new SignalManager({ name: 'notes server' });

/** Requests are accepted from now on. */
export const serverListening = serverSignals.signal<{ port: number }>('server_listening');

/** A note is asked for: the first receiver that knows it answers. */
export const noteRead = serverSignals.signal<{ name: string }, string | undefined>('note_read');

/** A note has been written by a client. */
export const noteWritten = serverSignals.signal<{ name: string; text: string }>('note_written');

/** Notes leave the cache for the store. */
export const notesFlushed = serverSignals.signal<{ notes: ReadonlyMap<string, string> }>('notes_flushed');
