/** The server: its resources, in the order in which they open. */
import { Lifecycle } from 'signalbox/lifecycle';

import { addCache } from './cache.js';
import { addHttpServer } from './http-server.js';
import { serverSignals } from './signals.js';
import { addStore } from './store.js';

export interface ServerSettings {
  /** where the notes are kept between two runs */
  readonly dataFile: string;
  /** 0: any free port */
  readonly port: number;
  /** milliseconds for the whole stop */
  readonly stopTimeoutMs: number;
}

export function createNotesServer({ dataFile, port, stopTimeoutMs }: ServerSettings): Lifecycle {
  const lifecycle = new Lifecycle({ manager: serverSignals, stopTimeoutMs });
  // The stop calls the lowest priority first.
  lifecycle.serverStop.connect(
    function sayWhy({ reason }) {
      console.log(`stopping: ${reason}`);
    },
    { priority: -1 },
  );
  addStore(lifecycle, dataFile);
  addCache(lifecycle);
  addHttpServer(lifecycle, port);
  return lifecycle;
}
