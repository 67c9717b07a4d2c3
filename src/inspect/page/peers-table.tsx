import type { JSX } from 'preact';
import type { PeerRow } from '../types.js';
import { Count, Name } from './cells.js';
import { type Column, DataTable } from './data-table.js';
import { quantity } from './format.js';
import { peers, signalRows } from './model.js';
import { Panel } from './panel.js';

interface NumberedPeer extends PeerRow {
  readonly id: string;
  readonly hears: number;
}

const COLUMNS: readonly Column<NumberedPeer>[] = [
  { key: 'name', title: 'Name', value: ({ name }) => name, cell: ({ name }) => <Name>{name}</Name> },
  { key: 'kind', title: 'Kind', value: ({ kind }) => kind, cell: ({ kind }) => kind ?? <span class="none">–</span> },
  {
    key: 'hears',
    title: 'Signals',
    hint: 'How many signals of this process it hears',
    kind: 'number',
    value: ({ hears }) => hears,
    cell: ({ hears }) => <Count value={hears} />,
  },
  {
    key: 'results',
    title: 'Results',
    kind: 'number',
    value: ({ results }) => results,
    cell: ({ results }) => <Count value={results} />,
  },
  {
    key: 'failures',
    title: 'Failures',
    kind: 'number',
    value: ({ failures }) => failures,
    cell: ({ failures }) => <Count value={failures} tone="bad" />,
  },
];

export function PeersTable(): JSX.Element {
  const hears = new Map<string, number>();
  if (peers.value.length > 0) {
    for (const { peers: names } of signalRows.value.values()) {
      for (const name of names) hears.set(name, (hears.get(name) ?? 0) + 1);
    }
  }
  const rows = peers.value.map((peer) => ({ ...peer, id: peer.name, hears: hears.get(peer.name) ?? 0 }));
  return (
    <Panel title="Threads and nodes" note={rows.length > 0 ? quantity(rows.length, 'peer') : undefined} class="peers">
      <DataTable
        name="Threads and nodes"
        class="table-peers two-lines"
        columns={COLUMNS}
        rows={rows}
        sort={{ key: 'name', descending: false }}
        rowClass={({ failures }) => (failures > 0 ? 'failing' : '')}
        empty="No other thread or node hears a signal of this process."
      />
    </Panel>
  );
}
