import type { JSX } from 'preact';
import type { Tally } from '../types.js';
import type { Column } from './data-table.js';
import { exact, duration } from './format.js';

/** A duration, and its place between 1 µs and 10 s as a bar. */
function Duration({ ms }: { readonly ms: number | null }): JSX.Element {
  if (ms === null) return <span class="none">–</span>;
  const share = Math.max(0, Math.min(1, (Math.log10(Math.max(ms, 0.001)) + 3) / 7));
  return (
    <span class={`duration ${ms >= 1_000 ? 'very-slow' : ms >= 100 ? 'slow' : ''}`}>
      {duration(ms)}
      <span class="bar" style={{ width: `${(share * 100).toFixed(0)}%` }} />
    </span>
  );
}

export function Count({ value, tone = '' }: { readonly value: number; readonly tone?: string }): JSX.Element {
  return <span class={value === 0 ? 'none' : tone}>{exact(value)}</span>;
}

/**
 * The columns that signals and receivers have in common.
 *
 * @param of - What is counted.
 * @param lastFailure - Shown below the number of failures.
 */
export function tallyColumns<Row extends Tally>(
  of: 'send' | 'call',
  lastFailure: (row: Row) => JSX.Element | null = () => null,
): Column<Row>[] {
  return [
    {
      key: 'failures',
      title: 'Failures',
      hint: of === 'send' ? 'Failures among the results of its sends' : 'Calls that failed',
      kind: 'number',
      value: ({ failures }) => failures,
      cell: (row) => (
        <>
          <Count value={row.failures} tone="bad" />
          {lastFailure(row)}
        </>
      ),
    },
    {
      key: 'inFlight',
      title: 'In flight',
      hint: `${of === 'send' ? 'Sends' : 'Calls'} that are not over`,
      kind: 'number',
      value: ({ inFlight }) => inFlight,
      cell: ({ inFlight }) => <Count value={inFlight} tone="busy" />,
    },
    {
      key: 'p50',
      title: 'p50',
      hint: `Half of its ${of}s take no longer`,
      kind: 'number',
      value: ({ p50Ms }) => p50Ms,
      cell: ({ p50Ms }) => <Duration ms={p50Ms} />,
    },
    {
      key: 'p99',
      title: 'p99',
      hint: `99 of 100 ${of}s take no longer`,
      kind: 'number',
      value: ({ p99Ms }) => p99Ms,
      cell: ({ p99Ms }) => <Duration ms={p99Ms} />,
    },
  ];
}

/** A name of the app: always text, on one line, in full when pointed at. */
export function Name({ children }: { readonly children: string }): JSX.Element {
  return <Shortened class="name" text={children === '' ? '(unnamed)' : children} tail={/^.{24,}(.{10})$/su} />;
}

/** A text that loses its middle if there is not enough room. The tail, which tells it from others, stays. */
export function Shortened(props: {
  readonly class: string;
  readonly text: string;
  readonly tail: RegExp;
}): JSX.Element {
  const { class: className, text, tail } = props;
  const end = tail.exec(text)?.[1] ?? '';
  return (
    <span class={`shortened ${className}`} title={text}>
      <span>{text.slice(0, text.length - end.length)}</span>
      {end !== '' && <span>{end}</span>}
    </span>
  );
}
