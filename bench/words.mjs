// The notation of figures in the terminal and in the report.

/** Returns the value with three significant digits, or as a whole number: `3.29`, `51.3`, `26,705`. */
export function figure(value) {
  if (value < 10) return value.toFixed(2);
  if (value < 100) return value.toFixed(1);
  return Math.round(value).toLocaleString('en');
}

/** Returns a table in Markdown. */
export function table(head, lines) {
  const row = (cells) => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...lines.map(row)].join('\n');
}

/** Returns when and on which machine something was measured. */
export const machineLine = ({ date, node, v8, cpu, system, load }) =>
  `${date.slice(0, 16).replace('T', ' ')} UTC · node ${node}, V8 ${v8} · ${cpu} · ${system} · load at the start ${load}`;

export const ratio = (value) => `${value < 10 ? value.toFixed(2) : figure(value)}×`;

/** Returns half the distance between the lowest and the highest round, in percent of the median. */
export function spread({ median, low, high }) {
  return `±${Math.round(((high - low) / 2 / median) * 100)} %`;
}

/** Returns the contender that ratios refer to: the first of ours that was measured. */
export const referenceOf = (measured, contenders) => Object.keys(measured).find((name) => contenders[name].ours);

export const unitOf = (figures) => (figures.bytes ? 'bytes' : 'ns');

export const goalResult = ({ reached, met }) => (met === undefined ? reached : `${reached} ${met ? '✓' : '✗ missed'}`);
