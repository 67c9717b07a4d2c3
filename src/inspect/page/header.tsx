import type { JSX } from 'preact';
import { useComputed } from '@preact/signals';
import { exact, quantity, duration, time } from './format.js';
import { at, connectionState, managerRows, paused, pid, signalRows } from './model.js';
import { History } from './charts.js';

export function Header(): JSX.Element {
  const names = managerRows.value.map(({ id, name }) => name ?? `manager ${id}`);
  return (
    <header class="top">
      <h1>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M3.5 1v14" />
          <path class="flag" d="M4.5 2.5h10L12.5 5l2 2.5h-10z" />
        </svg>
        signalbox
      </h1>
      {pid.value !== undefined && (
        <p class="process">
          <span>process {pid.value}</span>
          <span class="managers" title={names.join(', ')}>
            {names.length > 3 ? quantity(names.length, 'manager') : names.join(' · ')}
          </span>
        </p>
      )}
      <p class="state" role="status">
        <span class="lamp" />
        {STATES[connectionState.value === 'live' && paused.value ? 'paused' : connectionState.value]}
      </p>
      <button type="button" class="plain" aria-pressed={paused.value} onClick={() => (paused.value = !paused.value)}>
        {paused.value ? 'Go on' : 'Pause'}
      </button>
    </header>
  );
}

const STATES = { connecting: 'connecting', live: 'live', paused: 'paused', gone: 'process gone', refused: 'no access' };

/** What to do when there are no new data. */
export function Banner(): JSX.Element | null {
  if (connectionState.value === 'refused') {
    return (
      <p class="banner" role="alert">
        <strong>This address has no valid token.</strong> Open the url that the process printed, or the one that{' '}
        <code>npx signalbox inspect</code> prints.
      </p>
    );
  }
  if (connectionState.value !== 'gone') return null;
  if (pid.value === undefined) {
    return (
      <p class="banner" role="alert">
        <strong>Nobody answers.</strong> The process has ended, or its inspector is closed. Trying again.
      </p>
    );
  }
  return (
    <p class="banner" role="alert">
      <strong>Process {pid.value} is gone.</strong> It has ended, or its inspector is closed. These are the counts of{' '}
      {time(at.value).slice(0, 8)}.
    </p>
  );
}

/** The process in four figures. */
export function Totals(): JSX.Element {
  const totals = useComputed(() => {
    const rows = [...signalRows.value.values()];
    const sum = (of: (row: (typeof rows)[number]) => number): number => rows.reduce((total, row) => total + of(row), 0);
    const slowest = rows.reduce<(typeof rows)[number] | undefined>(
      (most, row) => ((row.p99Ms ?? -1) > (most?.p99Ms ?? -1) ? row : most),
      undefined,
    );
    return {
      signals: rows.length,
      perSecond: sum(({ perSecond }) => perSecond),
      busy: rows.filter(({ perSecond }) => perSecond > 0).length,
      failures: sum(({ failures }) => failures),
      failing: rows.filter(({ failures }) => failures > 0).length,
      inFlight: sum(({ inFlight }) => inFlight),
      pending: managerRows.value.reduce((total, { pending }) => total + pending, 0),
      slowest: slowest?.p99Ms === null ? undefined : slowest,
      history: Array.from({ length: 60 }, (_, second) => sum(({ history }) => history[second] ?? 0)),
    };
  }).value;
  return (
    <section class="totals panel" aria-label="Totals">
      <dl>
        <div>
          <dt>Sends a second</dt>
          <dd>{exact(totals.perSecond)}</dd>
          <dd class="note">
            {exact(totals.busy)} of {quantity(totals.signals, 'signal')}
          </dd>
        </div>
        <div class={totals.failures > 0 ? 'is-bad' : ''}>
          <dt>Failures</dt>
          <dd>{exact(totals.failures)}</dd>
          <dd class="note">{totals.failing === 0 ? 'none so far' : `in ${quantity(totals.failing, 'signal')}`}</dd>
        </div>
        <div>
          <dt>In flight</dt>
          <dd>{exact(totals.inFlight)}</dd>
          <dd class="note">{exact(totals.pending)} pending in managers</dd>
        </div>
        <div>
          <dt>Slowest p99</dt>
          <dd>{totals.slowest ? duration(totals.slowest.p99Ms ?? 0) : '–'}</dd>
          <dd class="note" title={totals.slowest?.name}>
            {totals.slowest?.name ?? 'no send is over yet'}
          </dd>
        </div>
      </dl>
      <History history={totals.history} label="All signals" />
    </section>
  );
}
