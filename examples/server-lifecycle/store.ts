/**
 * The notes in a JSON file: read when the server starts, written when it stops.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';

import { noteRead, notesFlushed, serverStart, serverStop, type ServerSettings } from './signals.js';

export function connectStore(): void {
  serverStart.connect(openStore);
}

async function openStore({ dataFile }: ServerSettings): Promise<void> {
  const notes = await loadNotes(dataFile);

  function readFromStore({ name }: { name: string }): string | undefined {
    return notes.get(name);
  }

  function addToStore({ notes: flushed }: { notes: ReadonlyMap<string, string> }): void {
    for (const [name, text] of flushed) notes.set(name, text);
  }

  async function closeStore(): Promise<void> {
    for (const connection of connections) connection.disconnect();
    await saveNotes(dataFile, notes);
    console.log(`store: closed, ${notes.size} notes saved`);
  }

  const connections = [noteRead.connect(readFromStore), notesFlushed.connect(addToStore)];
  serverStop.connect(closeStore, { once: true });
  console.log(`store: open, ${notes.size} notes`);
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
