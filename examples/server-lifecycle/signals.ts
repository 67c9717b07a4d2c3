/**
 * What the parts of the server say to each other. Every part imports this file, and no part imports another.
 */
import { SignalManager } from 'signalbox';

export interface ServerSettings {
  /** where the notes are kept between two runs */
  readonly dataFile: string;
  /** 0: any free port */
  readonly port: number;
  /** milliseconds each resource has to close */
  readonly stopTimeoutMs: number;
}

/** The manager of this server: its signals are its own, whatever else runs in the process. */
export const serverSignals = new SignalManager({ name: 'notes server' });

/** Resources open. The order in which they connect is the order in which they open. */
export const serverStart = serverSignals.signal<ServerSettings>('server_start');

/** Resources close, last opened first. Whatever has been opened connects here, and nothing else does. */
export const serverStop = serverSignals.signal<{ reason: string }>('server_stop');

/** Requests are accepted from now on. */
export const serverListening = serverSignals.signal<{ port: number }>('server_listening');

/** A note is asked for: the first receiver that knows it answers. */
export const noteRead = serverSignals.signal<{ name: string }, string | undefined>('note_read');

/** A note has been written by a client. */
export const noteWritten = serverSignals.signal<{ name: string; text: string }>('note_written');

/** Notes leave the cache for the store. */
export const notesFlushed = serverSignals.signal<{ notes: ReadonlyMap<string, string> }>('notes_flushed');
