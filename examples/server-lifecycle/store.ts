/**
 * The notes in a JSON file: read when the server starts, written when it stops.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';

import type { Lifecycle } from 'signalbox/lifecycle';

import { noteRead, notesFlushed } from './signals.js';

export function addStore(lifecycle: Lifecycle, dataFile: string): void {
  const notes = new Map<string, string>();

  function readFromStore({ name }: { name: string }): string | undefined {
    return notes.get(name);
  }

  function addToStore({ notes: flushed }: { notes: ReadonlyMap<string, string> }): void {
    for (const [name, text] of flushed) notes.set(name, text);
  }

  async function openStore(): Promise<void> {
    addToStore({ notes: await loadNotes(dataFile) });
    noteRead.connect(readFromStore);
    notesFlushed.connect(addToStore);
    console.log(`store: open, ${notes.size} notes`);
  }

  async function closeStore(): Promise<void> {
    noteRead.disconnect(readFromStore);
    notesFlushed.disconnect(addToStore);
    await saveNotes(dataFile, notes);
    console.log(`store: closed, ${notes.size} notes saved`);
  }

  void lifecycle.add('store', openStore, closeStore);
}

async function loadNotes(dataFile: string): Promise<Map<string, string>> {
  try {
    const notes = JSON.parse(await readFile(dataFile, 'utf8')) as Record<string, string>;
    return new Map(Object.entries(notes));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map();
    throw error;
  }
}

/** Writes beside the old file and then replaces it: a crash in between loses nothing. */
async function saveNotes(dataFile: string, notes: ReadonlyMap<string, string>): Promise<void> {
  const newFile = `${dataFile}.new`;
  await writeFile(newFile, JSON.stringify(Object.fromEntries(notes), null, 2));
  await rename(newFile, dataFile);
}
