import type { JSX } from 'preact';
import type { SeenSend } from '../types.js';
import { Name } from './cells.js';
import { type Column, DataTable } from './data-table.js';
import { exact, duration, kwargs, time } from './format.js';
import { listHeld, live, selectSend, selectedId, selectedRow, selectedSendId, sends, sendsPointedAt } from './model.js';
import { Panel } from './panel.js';

const COLUMNS: readonly Column<SeenSend>[] = [
  { key: 'time', title: 'Time', cell: ({ at }) => <span class="time">{time(at)}</span> },
  { key: 'signal', title: 'Signal', cell: ({ signalName }) => <Name>{signalName}</Name> },
  {
    key: 'verb',
    title: 'Verb',
    cell: ({ kind, origin }) => (
      <span class="tag" title={origin === 'remote' ? 'From another thread or node' : undefined}>
        {VERBS[kind]}
        {origin === 'remote' ? ', remote' : ''}
      </span>
    ),
  },
  {
    key: 'took',
    title: 'Took',
    kind: 'number',
    cell: ({ durationMs }) =>
      durationMs === null ? <span class="tag live">in flight</span> : <span>{duration(durationMs)}</span>,
  },
  { key: 'results', title: 'Results', cell: ({ calls }) => <Results calls={calls} /> },
  {
    key: 'kwargs',
    title: 'Kwargs',
    cell: (send) => (
      <span class="ellipsis soft" title={kwargs(send.kwargs)}>
        {kwargs(send.kwargs)}
      </span>
    ),
  },
  {
    key: 'peers',
    title: 'Also to',
    hint: 'Threads and nodes that the send went to',
    cell: ({ peers }) => <span class="ellipsis soft">{peers.join(', ')}</span>,
  },
];

const OF_ONE_SIGNAL = COLUMNS.filter(({ key }) => key !== 'signal');

const VERBS = { send: 'send', serial: 'sendSerial', sync: 'sendSync', emit: 'emit' };

/** How many calls went well, failed, or are not over. */
function Results({ calls }: Pick<SeenSend, 'calls'>): JSX.Element {
  const of = (status: SeenSend['calls'][number]['status']): number =>
    calls.filter((call) => call.status === status).length;
  const parts = [
    { many: of('fulfilled'), word: 'ok', class: 'good' },
    { many: of('rejected'), word: 'failed', class: 'bad' },
    { many: of('pending'), word: 'pending', class: 'busy' },
  ].filter(({ many }) => many > 0);
  if (parts.length === 0) return <span class="none">nobody called</span>;
  return (
    <span class="results">
      {parts.map(({ many, word, class: className }) => (
        <span key={word} class={className}>
          {exact(many)} {word}
        </span>
      ))}
    </span>
  );
}

/** Live and kept sends, newest first. */
export function SendsTable(): JSX.Element {
  const id = selectedId.value;
  const known = new Set(sends.value.map((send) => send.id));
  const isNew = (send: SeenSend): boolean => !known.has(send.id) && (id === undefined || send.signalId === id);
  const started = listHeld.value ? [] : live.value.filter(isNew).reverse();
  const rows = [...started, ...sends.value];
  const note = listHeld.value ? 'held still while you read' : 'live and kept, newest first';
  const tools = selectedSendId.value !== undefined && (
    <button type="button" class="plain" onClick={() => selectSend(undefined)}>
      Show the newest
    </button>
  );
  return (
    <Panel
      title="Sends"
      note={`${note}${selectedRow.value ? `, of ${selectedRow.value.name}` : ''}`}
      tools={tools}
      class="sends"
    >
      <DataTable
        name="Sends"
        class="table-sends two-lines"
        columns={id === undefined ? COLUMNS : OF_ONE_SIGNAL}
        rows={rows}
        selectedId={selectedSendId.value}
        onSelect={(send) => {
          if (known.has(send.id)) selectSend(send.id);
          else {
            sends.value = rows;
            selectSend(send.id);
          }
        }}
        onPoint={(pointed) => (sendsPointedAt.value = pointed)}
        rowClass={({ calls }) => (calls.some(({ status }) => status === 'rejected') ? 'failing' : '')}
        empty={id === undefined ? 'No sends yet.' : 'No kept or live sends of this signal.'}
      />
    </Panel>
  );
}
