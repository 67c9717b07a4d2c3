// npm run bench:inspector                  measures, and writes its chapter of bench/README.md
// npm run bench:inspector -- --seconds 10  shorter spans; prints the figures and writes nothing
// What an inspector costs with one open page: a process of its own sends, and Chromium shows the page.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { writeReport } from './report.mjs';
import { machine, readResults, writeResults } from './results.mjs';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const SIGNALS = 200;
const RECEIVERS = 10;
const SENDS_PER_SECOND = 5_000;
/** Shorter spans do not show whether a heap grows. */
const WRITTEN_FROM_SECONDS = 60;

const { values: options } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const seconds = Number(options.seconds);
const warmUpSeconds = Math.min(10, seconds);

/** Starts the process that sends. */
async function startApp() {
  const file = fileURLToPath(new URL('inspector-app.mjs', import.meta.url));
  const child = fork(file, [SIGNALS, RECEIVERS, SENDS_PER_SECOND].map(String), { execArgv: ['--expose-gc'] });
  const exited = once(child, 'exit');
  await once(child, 'message');
  return {
    async ask(task) {
      const answered = once(child, 'message');
      child.send(task);
      const [{ answer }] = await answered;
      return answer;
    },
    async stop() {
      child.kill();
      await exited;
    },
  };
}

/** Returns the figures of the process over one span. */
async function measured(app, whileWaiting = async () => ({})) {
  await sleep(warmUpSeconds * 1_000);
  const more = await whileWaiting('begin');
  await app.ask('begin');
  await sleep(seconds * 1_000);
  const figures = await app.ask('end');
  return { ...figures, ...more, ...(await whileWaiting('end')), heapBytes: await app.ask('heap') };
}

async function withApp(use) {
  const app = await startApp();
  try {
    return await use(app);
  } finally {
    await app.stop();
  }
}

const inspected = async (app) => {
  await app.ask('inspect');
  return measured(app);
};

/** Two spans with the page open: all signals, then one of them with its receivers, sends and picture. */
async function shown(app) {
  const url = await app.ask('inspect');
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    await page.goto(url);
    const mainThread = await mainThreadOf(page);
    const all = await measured(app, mainThread);
    await page.getByRole('button', { name: 'signal 7', exact: true }).click();
    return { all, one: await measured(app, mainThread) };
  } finally {
    await browser.close();
  }
}

/** Returns what tells how the main thread of the page spends its time between `begin` and `end`. */
async function mainThreadOf(page) {
  const memory = await page.context().newCDPSession(page);
  // Where other processes want the processors, too, the thread waits for them: that counts as time, but not as CPU time.
  const [time, cpuTime] = [await metricsOf(page, 'timeTicks'), await metricsOf(page, 'threadTicks')];
  let before;
  return async (what) => {
    const now = { time: await time(), cpu: await cpuTime() };
    if (what === 'begin') {
      before = now;
      return {};
    }
    await memory.send('HeapProfiler.collectGarbage');
    const { JSHeapUsedSize: pageHeapBytes } = await time();
    const share = (of, name) => (now[of][name] - before[of][name]) / (now[of].Timestamp - before[of].Timestamp);
    return {
      pageBusy: share('time', 'TaskDuration'),
      pageCpu: share('cpu', 'TaskDuration'),
      pageScriptCpu: share('cpu', 'ScriptDuration'),
      pageLayoutCpu: share('cpu', 'LayoutDuration') + share('cpu', 'RecalcStyleDuration'),
      pageHeapBytes,
    };
  };
}

async function metricsOf(page, timeDomain) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain });
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  };
}

const load = { signals: SIGNALS, receivers: RECEIVERS, perSecond: SENDS_PER_SECOND };
const figures = { ...machine(), seconds, warmUpSeconds, ...load };
figures.none = await withApp((app) => measured(app));
figures.closed = await withApp(inspected);
Object.assign(figures, await withApp(shown));
console.log(figures);
if (seconds >= WRITTEN_FROM_SECONDS) {
  const results = { ...readResults(), inspector: figures };
  await writeResults(results);
  await writeReport(results);
}
