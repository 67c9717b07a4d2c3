/**
 * What has been written since the start, in memory. It reaches the store when the server stops, which is why the cache
 * has to close before the store and after the HTTP server.
 */
import { values } from 'signalbox';

import { noteRead, notesFlushed, noteWritten, serverStart, serverStop } from './signals.js';

export function connectCache(): void {
  serverStart.connect(openCache);
}

function openCache(): void {
  const notes = new Map<string, string>();

  function readFromCache({ name }: { name: string }): string | undefined {
    return notes.get(name);
  }

  function writeToCache({ name, text }: { name: string; text: string }): void {
    notes.set(name, text);
  }

  async function closeCache(): Promise<void> {
    for (const connection of connections) connection.disconnect();
    // `values` throws when the store did not take the notes: then closing the cache has failed, too.
    values(await notesFlushed.send({ notes }));
    console.log(`cache: closed, ${notes.size} notes handed to the store`);
  }

  const connections = [
    // The cache opens after the store and is asked before it.
    noteRead.connect(readFromCache, { priority: 1 }),
    noteWritten.connect(writeToCache),
  ];
  serverStop.connect(closeCache, { once: true });
  console.log('cache: open');
}
