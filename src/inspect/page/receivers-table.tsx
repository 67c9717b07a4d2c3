import type { JSX } from 'preact';
import type { ErrorNote, ReceiverRow } from '../types.js';
import { Count, Name, Shortened, tallyColumns } from './cells.js';
import { type Column, DataTable } from './data-table.js';
import { quantity, time } from './format.js';
import { selectedRow } from './model.js';
import { Panel } from './panel.js';

const COLUMNS: readonly Column<ReceiverRow>[] = [
  {
    key: 'name',
    title: 'Receiver',
    value: ({ name }) => name,
    cell: ({ name, site }) => (
      <>
        <Name>{name}</Name>
        {site !== null && <Shortened class="below site" text={site} tail={/^.*[/\\]([^/\\]+)$/s} />}
      </>
    ),
  },
  {
    key: 'connected',
    title: 'Hears',
    hint: 'Which sends it is called by',
    value: (row) => heard(row),
    cell: (row) => <span class={`tag ${row.filtered ? 'filtered' : ''}`}>{heard(row)}</span>,
  },
  {
    key: 'calls',
    title: 'Calls',
    kind: 'number',
    value: ({ calls }) => calls,
    cell: ({ calls }) => <Count value={calls} />,
  },
  ...tallyColumns<ReceiverRow>('call', ({ lastFailure }) => lastFailure && <LastFailure {...lastFailure} />),
];

function heard({ any, filtered, kind }: ReceiverRow): string {
  const what = any ? 'any signal' : 'all sends';
  return `${filtered ? (any ? 'any signal, filtered' : 'filtered') : what}${kind === 'subscriber' ? ', bus' : ''}`;
}

function LastFailure({ at, name, code }: ErrorNote): JSX.Element {
  return (
    <span class="below" title={`${time(at)} ${name}${code === null ? '' : ` ${code}`}`}>
      {code ?? name}
    </span>
  );
}

export function ReceiversTable(): JSX.Element {
  const row = selectedRow.value;
  const filtered = row?.receivers.filter((receiver) => receiver.filtered).length ?? 0;
  const note =
    row && `${quantity(row.receivers.length, 'receiver')}${filtered > 0 ? `, ${filtered} with a filter` : ''}`;
  return (
    <Panel title="Receivers" note={note} class="receivers">
      <DataTable
        name="Receivers"
        class="table-receivers two-lines"
        key={row?.id}
        columns={COLUMNS}
        rows={row?.receivers ?? []}
        sort={{ key: 'calls', descending: true }}
        rowClass={({ failures }) => (failures > 0 ? 'failing' : '')}
        empty={row === undefined ? 'Choose a signal to see who hears it.' : 'Nobody here hears this signal.'}
      />
    </Panel>
  );
}
