// The chapter about the inspector, from the figures of `inspector.mjs`.
import { filled } from './text.mjs';
import { figure, goalResult, machineLine, table } from './words.mjs';

const SPANS = {
  none: 'no inspector',
  closed: 'nobody looks',
  all: 'a page, all signals',
  one: 'a page, one signal',
};

const percent = (share) => `${figure(share * 100)} %`;
const kilobytes = (bytes) => `${figure(bytes / 1e3)} kB`;
const megabytes = (bytes) => `${figure(bytes / 1e6)} MB`;

const ROWS = {
  'sends a second': ({ sendsPerSecond }) => figure(sendsPerSecond),
  'CPU time of the process per send': ({ cpuMicrosecondsPerSend }) => `${figure(cpuMicrosecondsPerSend)} µs`,
  'heap of the process': ({ heapBytes }) => megabytes(heapBytes),
  'updates a second': ({ updatesPerSecond }) => figure(updatesPerSecond),
  'bytes of an update': ({ bytesPerUpdate }) => kilobytes(bytesPerUpdate),
  'bytes of the largest update': ({ largestUpdateBytes }) => kilobytes(largestUpdateBytes),
  'main thread of the page, CPU time': ({ pageCpu }) => percent(pageCpu),
  'of scripts': ({ pageScriptCpu }) => percent(pageScriptCpu),
  'of layout and style': ({ pageLayoutCpu }) => percent(pageLayoutCpu),
  'main thread of the page, busy': ({ pageBusy }) => percent(pageBusy),
  'heap of the page': ({ pageHeapBytes }) => megabytes(pageHeapBytes),
};

/** The rows that a process without a page has. */
const WITHOUT_PAGE = 3;

/** @returns The chapter as Markdown; empty as long as nothing is measured. */
export function inspectorChapter(figures) {
  if (figures === undefined) return '';
  const { seconds, warmUpSeconds, signals, receivers, perSecond } = figures;
  return filled('inspector', {
    signals,
    receivers,
    perSecond: perSecond.toLocaleString('en'),
    seconds,
    warmUp: warmUpSeconds,
    figures: figureTable(figures),
    goals: goals(figures),
    machine: machineLine(figures),
  });
}

function figureTable(figures) {
  const lines = Object.entries(ROWS).map(([title, text], index) => {
    const cells = Object.keys(SPANS).map((name) =>
      index < WITHOUT_PAGE || 'pageBusy' in figures[name] ? text(figures[name]) : '',
    );
    return [title, ...cells];
  });
  const head = ['', ...Object.values(SPANS)];
  return table(head, lines);
}

/** Returns a line per goal: what was to be reached with a page open, and what was. */
function goals({ all, one }) {
  const most = (of) => Math.max(of(all), of(one));
  return [
    ['at most 4 updates a second', most(({ updatesPerSecond }) => updatesPerSecond), 4, figure],
    ['at most 60 kB an update', most(({ largestUpdateBytes }) => largestUpdateBytes), 60_000, kilobytes],
    ['at most 20 % of the main thread of the page', most(({ pageCpu }) => pageCpu), 0.2, percent],
  ]
    .map(([goal, value, limit, text]) => `- ${goal}: ${goalResult({ reached: text(value), met: value <= limit })}`)
    .join('\n');
}
