const NUMBERS = new Intl.NumberFormat('en');
const TIMES = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
});

/** Counts are exact, never rounded to thousands. */
export function exact(value: number): string {
  return NUMBERS.format(value);
}

export function quantity(value: number, noun: string): string {
  return `${exact(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Three significant digits, in the unit that needs no more than three before the point. */
export function duration(ms: number): string {
  if (ms < 0.001) return '<1 µs';
  if (ms < 0.9995) return `${three(ms * 1_000)} µs`;
  if (ms < 999.5) return `${three(ms)} ms`;
  if (ms < 99_950) return `${three(ms / 1_000)} s`;
  return `${exact(Math.round(ms / 1_000))} s`;
}

function three(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0).replace(/\.0+$/, '');
}

/** Local time of day, with milliseconds. */
export function time(ms: number): string {
  return TIMES.format(ms);
}

/** The names of the kwargs, or what `show` returned. */
export function kwargs(value: unknown): string {
  const isNames = Array.isArray(value) && value.every((each) => typeof each === 'string');
  return isNames ? value.join(', ') : JSON.stringify(value);
}
