// The chapter about watched sends, from the figures of `watching.mjs`.
import { filled } from './text.mjs';
import { figure, goalResult, machineLine, table } from './words.mjs';

export const SET_UPS = {
  nobody: 'nobody watches',
  declines: 'a watcher that declines',
  counts: 'a watcher that counts results',
  noSdk: 'traced, no SDK',
  noSpan: 'traced, no active span',
  sampledOut: 'traced, sampled out',
  sendsOnly: "traced, `receivers: 'none'`",
  events: "traced, `receivers: 'events'`",
  full: 'traced, a span per receiver',
};

const nanoseconds = (value) => `${figure(value)} ns`;

/** @returns The chapter as Markdown; empty as long as nothing is measured. */
export function watchingChapter(figures) {
  if (figures === undefined) return '';
  const { rounds, emits, emit } = figures;
  return filled('watching', {
    rounds,
    emits: emits.toLocaleString('en'),
    figures: figureTable(emit),
    goals: goals(emit),
    machine: machineLine(figures),
  });
}

function figureTable(emit) {
  const lines = Object.entries(SET_UPS).map(([name, title]) => [title, ...emit[name].map(nanoseconds)]);
  const head = ['', 'emit, 1 receiver', 'emit, 10 receivers'];
  return table(head, lines);
}

/** Returns a line per goal: the cost on top of an emit to one receiver that nobody watches. */
function goals({ nobody: [alone], declines: [declined], counts: [counted] }) {
  return [
    ['declining: at most 60 ns on top of an emit to one receiver', declined - alone, 60],
    ['counting: at most 150 ns on top of an emit to one receiver', counted - alone, 150],
  ]
    .map(([goal, value, limit]) => `- ${goal}: ${goalResult({ reached: nanoseconds(value), met: value <= limit })}`)
    .join('\n');
}
