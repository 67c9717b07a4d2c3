import { useComputed, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { SignalRow } from '../types.js';
import { Count, Name, tallyColumns } from './cells.js';
import { Sparkline } from './charts.js';
import { type Column, DataTable } from './data-table.js';
import { exact } from './format.js';
import { managerRows, pid, search, selectSignal, selectedId, signalRows } from './model.js';
import { Panel } from './panel.js';

const COLUMNS: readonly Column<SignalRow>[] = [
  { key: 'name', title: 'Signal', value: ({ name }) => name, cell: ({ name }) => <Name>{name}</Name> },
  {
    key: 'rate',
    title: 'Per second',
    hint: 'Sends in the last full second',
    kind: 'number',
    value: ({ perSecond }) => perSecond,
    cell: ({ perSecond }) => <Count value={perSecond} />,
  },
  {
    key: 'history',
    title: 'Last minute',
    kind: 'chart',
    cell: ({ history }) => <Sparkline history={history} />,
  },
  {
    key: 'sends',
    title: 'Sends',
    kind: 'number',
    value: ({ sends }) => sends,
    cell: ({ sends }) => <Count value={sends} />,
  },
  ...tallyColumns<SignalRow>('send'),
];

type Only = 'all' | 'busy' | 'failing' | 'in flight';
const FILTERS: Readonly<Record<Only, (row: SignalRow) => boolean>> = {
  all: () => true,
  busy: ({ perSecond }) => perSecond > 0,
  failing: ({ failures }) => failures > 0,
  'in flight': ({ inFlight }) => inFlight > 0,
};

/** All signals, the busiest first, and the ways to find one. */
export function SignalsPanel(): JSX.Element {
  const only = useSignal<Only>('all');
  const found = useComputed(() => {
    const word = search.value.trim().toLowerCase();
    const managerNames = new Map(managerRows.value.map(({ id, name }) => [id, name?.toLowerCase() ?? '']));
    return [...signalRows.value.values()].filter(({ name, managerId }) => {
      return word === '' || name.toLowerCase().includes(word) || managerNames.get(managerId)?.includes(word);
    });
  });
  const shown = found.value.filter(FILTERS[only.value]);
  const tools = (
    <>
      <input
        type="search"
        placeholder="Search signals"
        aria-label="Search signals"
        spellcheck={false}
        value={search.value}
        onInput={({ currentTarget }) => (search.value = currentTarget.value)}
      />
      <div class="chips" role="group" aria-label="Show">
        {(Object.keys(FILTERS) as Only[]).map((name) => (
          <button type="button" key={name} aria-pressed={only.value === name} onClick={() => (only.value = name)}>
            {name} <span class="number">{exact(found.value.filter(FILTERS[name]).length)}</span>
          </button>
        ))}
      </div>
    </>
  );
  return (
    <Panel title="Signals" class="signals" tools={tools}>
      <DataTable
        name="Signals"
        class="table-signals two-lines"
        columns={COLUMNS}
        rows={shown}
        sort={{ key: 'rate', descending: true }}
        reason={`${only.value} ${search.value}`}
        selectedId={selectedId.value}
        onSelect={({ id }) => selectSignal(id)}
        rowClass={({ failures }) => (failures > 0 ? 'failing' : '')}
        empty={<NoSignals only={only.value} />}
      />
    </Panel>
  );
}

function NoSignals({ only }: { readonly only: Only }): JSX.Element {
  if (signalRows.value.size > 0) return <>No signal {search.value === '' ? `is ${only}` : `with “${search.value}”`}.</>;
  if (pid.value === undefined) return <>Reading…</>;
  return <>No signals yet. A signal comes here with its first receiver or its first send.</>;
}
