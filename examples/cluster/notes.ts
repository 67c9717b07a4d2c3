/**
 * Notes in files, which all servers write and read, and what this server has read of them, in memory. Whoever writes a note
 * tells all caches before it answers, so that no server serves the old one afterwards.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { failures } from 'signalbox';
import { NodeLostError } from 'signalbox/bridge';

import { cacheInvalidated } from './signals.js';

export type Notes = ReturnType<typeof openNotes>;

export function openNotes(folder: string) {
  const cache = new Map<string, Promise<string | undefined>>();

  cacheInvalidated.connect(function forget({ name }) {
    cache.delete(name);
  });

  return {
    read(name: string): Promise<string | undefined> {
      // Kept before it has been read: an invalidation meanwhile finds it here, and does not miss it.
      const note = cache.get(name) ?? load(join(folder, name));
      cache.set(name, note);
      return note;
    },
    async write(name: string, text: string): Promise<void> {
      await save(join(folder, name), text);
      await invalidate(name);
    },
  };
}

/** Resolves when no cache has the old note any more. */
async function invalidate(name: string): Promise<void> {
  // A server that was killed meanwhile has no cache any more: its loss is an answer, too.
  const results = await cacheInvalidated.send({ name }, { timeoutMs: 5_000, expected: [NodeLostError] });
  const failure = failures(results).find(({ reason }) => !(reason instanceof NodeLostError));
  if (failure !== undefined) throw new Error(`Note ${name} is old in a cache`, { cause: failure.reason });
}

async function load(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes beside the old file and then replaces it: a server that is killed meanwhile leaves the old note. */
async function save(file: string, text: string): Promise<void> {
  const newFile = `${file}.${randomUUID()}`;
  await writeFile(newFile, text);
  await rename(newFile, file);
}
