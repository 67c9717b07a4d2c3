/**
 * Runs the server of `server-lifecycle/` and the crawler of `extensions/` from start to end, and prints what each
 * sends and to whom; then the feed of `feed/`, and what it has stored; the worker threads of `thumbnails/`; the servers of
 * `cluster/`, of which one is killed; the trace of an order of `tracing/`; and, where there is a message server, the jobs of
 * `jobs/`.
 *
 * Run it from the root of the package:
 *
 *     npm run demo
 */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

import { printAccount } from './account.js';
import { createCluster } from './cluster/cluster.js';
import { clusterSignals } from './cluster/signals.js';
import { BooksSpider } from './extensions/books-spider.js';
import { Crawler } from './extensions/crawler.js';
import { standardExtensions } from './extensions/settings.js';
import { openSite } from './extensions/site.js';
import { createFeed } from './feed/feed.js';
import { openFeedServer } from './feed/feed-server.js';
import { readStore } from './feed/store.js';
import { openEngine, serverIsMissing } from './jobs/engine.js';
import { runTrial } from './jobs/trial.js';
import { createNotesServer } from './server-lifecycle/notes-server.js';
import { serverListening, serverSignals } from './server-lifecycle/signals.js';
import { drawPictures } from './thumbnails/pictures.js';
import { showProgress } from './thumbnails/progress.js';
import { Thumbnails } from './thumbnails/thumbnails.js';
import { traceOrder } from './tracing/shop.js';

console.log('A line that begins with an arrow is a send; the line below it says whom the send is meant for.\n');
await demonstrateServer();
await demonstrateCrawler();
await demonstrateFeed();
await demonstrateThumbnails();
await demonstrateCluster();
await demonstrateTracing();
await demonstrateJobs();
console.log('\nTo see the signals of an example while it runs, in a browser:');
console.log('  node --import signalbox/inspect/auto examples/server-lifecycle/main.js');

async function demonstrateServer(): Promise<void> {
  console.log('--- A server whose resources are opened and closed by a lifecycle');
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-demo-'));
  try {
    printAccount(serverSignals);
    const server = createNotesServer({ dataFile: join(directory, 'notes.json'), port: 0, stopTimeoutMs: 5_000 });
    const listening = serverListening.wait({ timeoutMs: 10_000 });
    const exitCode = server.run();
    const { port } = (await listening).kwargs;

    const note = `http://127.0.0.1:${port}/notes/tea`;
    await fetch(note, { method: 'PUT', body: 'Darjeeling' });
    const answer = await fetch(note);
    console.log(`the client reads: ${await answer.text()}`);

    process.kill(process.pid, 'SIGTERM');
    console.log((await exitCode) === 0 ? 'everything was closed in time\n' : 'not everything could be closed\n');
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function demonstrateCrawler(): Promise<void> {
  console.log('--- A crawler whose extensions know only its signals');
  await using site = await openSite();
  const crawler = new Crawler(new BooksSpider(site.url.href), {
    extensions: standardExtensions,
    log: (line) => console.log(line),
    autoclose: { items: 6 },
    retryTimes: 1,
  });
  printAccount(crawler.manager);
  await crawler.crawl();
  console.log('the stats:', crawler.stats.toJSON());
}

async function demonstrateFeed(): Promise<void> {
  console.log('\n--- A feed that is fetched, stored in batches and indexed by the subscribers of a bus');
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-demo-'));
  try {
    await using server = await openFeedServer('secret');
    const file = join(directory, 'feed.db');
    const feed = createFeed({ url: server.url, secret: 'secret', file, periodMs: 20 });
    const terminated = new Promise((resolve) => process.once('SIGTERM', resolve));
    setTimeout(() => process.kill(process.pid, 'SIGTERM'), 200);
    await feed.run(() => terminated);
    const { ids, indexedIds, words } = readStore(file);
    const complete = ids.length === server.served && indexedIds.length === server.served;
    console.log(complete ? 'every row fetched before SIGTERM is stored and indexed' : 'rows were lost');
    console.log(`the index knows ${words} words`);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function demonstrateThumbnails(): Promise<void> {
  console.log('\n--- Thumbnails that are made by worker threads, one of which ends over a picture');
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-demo-'));
  try {
    await using thumbnails = new Thumbnails();
    const names = ['cursed', 'hills', 'lake', 'moor', 'shore', 'town', 'wood'];
    const sources = await drawPictures(join(directory, 'large'), names);
    showProgress(thumbnails, sources.length, process.stdout);
    const jobs = sources.map((source, index) => ({ source, target: join(directory, `${names[index] ?? ''}.png`) }));
    await thumbnails.make(jobs, 2);
    const small = (await readdir(directory)).filter((file) => file.endsWith('.png'));
    console.log(`made: ${small.sort().join(', ')}; threads replaced: ${thumbnails.replaced}`);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function demonstrateCluster(): Promise<void> {
  console.log('\n--- Three servers behind one port, which share their signals');
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-demo-'));
  printAccount(clusterSignals);

  async function useIt(port: number): Promise<void> {
    const note = `http://127.0.0.1:${port}/notes/tea`;
    await askAgain(note, { method: 'PUT', body: 'Assam' });
    const replaced = once(cluster, 'listening');
    const [, second] = Object.values(cluster.workers ?? {});
    second?.process.kill('SIGKILL');
    await askAgain(note, { method: 'PUT', body: 'Darjeeling' });
    const texts = [await askAgain(note), await askAgain(note), await askAgain(note)];
    await replaced;
    await turn(); // the cluster prints it in this turn
    console.log(`while one is killed and replaced, the client reads: ${texts.join(', ')}`);
  }

  try {
    const settings = { name: 'server', servers: 3, port: 0, folder, stopTimeoutMs: 60_000 };
    const { lifecycle, servers } = createCluster(settings);
    await lifecycle.start();
    await useIt((await servers).port);
    await lifecycle.stop(); // fails if a server could not be closed
    console.log('every server was closed in time');
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What is answered, over a connection of its own; asked once more when a server dies of it, or before it gets there. */
async function askAgain(url: string, init: RequestInit = {}): Promise<string> {
  for (;;) {
    try {
      const limits = { headers: { connection: 'close' }, signal: AbortSignal.timeout(5_000) };
      const response = await fetch(url, { ...init, ...limits });
      return await response.text();
    } catch (error) {
      const timedOut = error instanceof DOMException && error.name === 'TimeoutError';
      if (!timedOut && !(error instanceof TypeError)) throw error; // a TypeError: the connection was cut
    }
  }
}

async function demonstrateTracing(): Promise<void> {
  console.log('\n--- The trace of an order, over HTTP, a bus, a worker thread and a second process');
  for (const line of await traceOrder()) console.log(line);
}

async function demonstrateJobs(): Promise<void> {
  console.log('\n--- Payments that are made once each, by workers that are killed while they make them');
  const open = await openEngine();
  if (open === undefined) {
    console.log(serverIsMissing);
    return;
  }
  const directory = await mkdtemp(join(tmpdir(), 'signalbox-demo-'));
  try {
    const jobs = 100;
    const settings = { folder: join(directory, 'ledger'), jobs, workers: 3, kills: 3 };
    const { invoices } = await runTrial(open.engine, settings);
    const exact = invoices.length === jobs && new Set(invoices).size === jobs;
    console.log(exact ? 'every invoice was paid exactly once' : 'invoices were not paid, or twice');
  } finally {
    await open.close();
    await rm(directory, { recursive: true });
  }
}
