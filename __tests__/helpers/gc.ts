// Timers of the module, not of the global: a test with a fake clock can collect garbage, too.
import { setImmediate as nextTurn } from 'node:timers/promises';

const MOST_COLLECTIONS = 20;
/** What one collection found is reported by one registry per turn of the event loop. */
const TURNS_FOR_REGISTRIES = 20;

/**
 * Collects garbage for real, and resolves when the callbacks of FinalizationRegistries have run.
 *
 * What should be gone must have been made, and last been looked at through a WeakRef, in another function or an earlier
 * turn: the running one keeps it.
 */
export async function collectGarbage(): Promise<void> {
  await nextTurn();
  await collectOnce();
  // What registries have let go of by now may have been the last to hold something else.
  await collectOnce();
}

/** Bytes in use on the heap right now: call `collectGarbage` first to leave out what is not needed any more. */
export function heapUsed(): number {
  return process.memoryUsage().heapUsed;
}

/** Collects until an object that nobody holds is known to be gone. A full collection takes a while: mostly one is enough. */
async function collectOnce(): Promise<void> {
  if (typeof globalThis.gc !== 'function') {
    throw new Error('Garbage is collected here: run jest by `npm test` or `npm run jest`, or node with --expose-gc');
  }
  const canary = plantCanary();
  for (let collections = 0; !canary.gone; collections++) {
    if (collections === MOST_COLLECTIONS) throw new Error(`An unused object survived ${collections} collections`);
    globalThis.gc();
    for (let turn = 0; turn < TURNS_FOR_REGISTRIES; turn++) await nextTurn();
  }
}

function plantCanary(): { readonly gone: boolean } {
  const canary = { gone: false, registry: new FinalizationRegistry(() => (canary.gone = true)) };
  canary.registry.register({}, undefined);
  return canary;
}
