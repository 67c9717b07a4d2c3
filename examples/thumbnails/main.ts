/**
 * Makes thumbnails of PNG pictures in worker threads:
 *
 * - each worker is asked by its name, as key, and answers with the size of the thumbnail;
 * - workers emit their progress, and the main thread draws it;
 * - SIGINT (Ctrl-C) cancels by a signal, which stops the work in hand in all threads;
 * - a worker that ends over a picture is replaced, and the picture tried once more.
 *
 * Run it from the root of the package; it draws pictures of its own first:
 *
 *     npm run build && npm run build:examples
 *     node examples/thumbnails/main.js --to thumbnails --pictures 40 --threads 4
 */
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';

import { drawPictures } from './pictures.js';
import { showProgress } from './progress.js';
import { Thumbnails } from './thumbnails.js';

const { values: options } = parseArgs({
  options: {
    to: { type: 'string', default: 'thumbnails' },
    pictures: { type: 'string', default: '12' },
    width: { type: 'string', default: '320' },
    threads: { type: 'string', default: '3' },
    cursed: { type: 'boolean', default: false },
  },
});

const names = Array.from({ length: Number(options.pictures) }, (_, index) => `picture-${index + 1}`);
if (options.cursed) names.push('cursed');
const sources = await drawPictures(join(options.to, 'large'), names, Number(options.width));
await mkdir(join(options.to, 'small'), { recursive: true });

await using thumbnails = new Thumbnails();
showProgress(thumbnails, sources.length, process.stdout);
process.once('SIGINT', () => thumbnails.signals.cancelled.emit({ reason: 'cancelled by SIGINT' }));

const jobs = sources.map((source) => ({ source, target: join(options.to, 'small', basename(source)) }));
const outcomes = await thumbnails.make(jobs, Number(options.threads));
for (const { source, result } of outcomes) {
  if (result instanceof Error) console.log(`${basename(source)}: ${result.message}`);
}
const made = outcomes.filter(({ result }) => typeof result === 'number');
console.log(`${made.length} of ${jobs.length} thumbnails made, threads replaced: ${thumbnails.replaced}`);
if (made.length < jobs.length) process.exitCode = 1;
