/** One worker: makes thumbnails when it is asked by its name. It knows the signals and nothing of the main thread. */
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { SignalManager } from 'signalbox';
import { joinThreads } from 'signalbox/threads';

import { decodePng, encodePng } from './png.js';
import { scale } from './scale.js';
import { thumbnailSignals, type Job } from './signals.js';

const WIDTH = 40;

// What fails here is in the results over there, where somebody deals with it.
const manager = new SignalManager({ onError: null });
const { wanted, progressed, cancelled } = thumbnailSignals(manager);
const { name } = workerData as { readonly name: string };
const cancelling = new AbortController();

async function makeThumbnail({ source, target, attempt }: Job): Promise<number> {
  // Stands for what brings a thread down once in a while: native code, or memory that runs out.
  if (basename(source).startsWith('cursed') && attempt === 1) process.exit(1);
  const rows = scale(decodePng(await readFile(source)), WIDTH);
  for (let step = rows.next(); ; step = rows.next()) {
    if (step.done === true) {
      const file = encodePng(step.value);
      await writeFile(target, file);
      return file.length;
    }
    progressed.emit({ source, percent: Math.round(step.value * 100) });
    await turn(); // lets a cancellation in
    cancelling.signal.throwIfAborted();
  }
}

// Connected before it joins: who attaches it finds it at work.
wanted.connect(makeThumbnail, { key: name });
cancelled.connect(({ reason }) => cancelling.abort(new Error(reason)));
await joinThreads(manager, { signals: [wanted, progressed, cancelled], name });
