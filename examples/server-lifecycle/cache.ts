/**
 * What has been written since the start, in memory. It reaches the store when the server stops, so the cache closes
 * before the store and after the HTTP server.
 */
import { values } from 'signalbox';
import type { Lifecycle } from 'signalbox/lifecycle';

import { noteRead, notesFlushed, noteWritten } from './signals.js';

export function addCache(lifecycle: Lifecycle): void {
  const notes = new Map<string, string>();

  function readFromCache({ name }: { name: string }): string | undefined {
    return notes.get(name);
  }

  function writeToCache({ name, text }: { name: string; text: string }): void {
    notes.set(name, text);
  }

  function openCache(): void {
    // The cache opens after the store and is asked before it.
    noteRead.connect(readFromCache, { priority: 1 });
    noteWritten.connect(writeToCache);
    console.log('cache: open');
  }

  async function closeCache(): Promise<void> {
    noteRead.disconnect(readFromCache);
    noteWritten.disconnect(writeToCache);
    // `values` throws when the store did not take the notes: then closing the cache has failed, too.
    values(await notesFlushed.send({ notes }));
    console.log(`cache: closed, ${notes.size} notes handed to the store`);
  }

  void lifecycle.add('cache', openCache, closeCache);
}
