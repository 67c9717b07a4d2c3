import type { JSX } from 'preact';
import type { PastExplanation, SeenCall } from '../types.js';
import { Name } from './cells.js';
import { type Column, DataTable } from './data-table.js';
import { exact, quantity, time } from './format.js';
import { explanations, selectedSend, selectedSendId } from './model.js';
import { Panel } from './panel.js';

interface WhyRow extends PastExplanation {
  readonly id: number;
  readonly call: SeenCall | undefined;
}

/** Each reason as a sentence about the receiver. */
const REASONS: Readonly<Record<PastExplanation['because'], string>> = {
  unfiltered: 'It has no filter.',
  sender: 'The send named a sender of its filter.',
  key: 'The send named a key of its filter.',
  'any signal': 'It is connected to any signal.',
  'no matching sender or key': 'The send named no sender and no key of its filter.',
  muted: 'The signal or its manager was muted.',
  'connected later': 'It was connected after this send.',
  disconnected: 'It was disconnected before its turn.',
  'once, used up': 'It is called once, and an earlier send had called it.',
  collected: 'It was held weakly, and nobody else held it.',
  'stopped by until': 'The send was stopped by its until before its turn.',
  aborted: 'The send was aborted before its turn.',
  'not yet its turn': 'The send calls one receiver after the other, and is not there yet.',
};

const RESULTS = { fulfilled: 'ok', rejected: 'failed', pending: 'pending' };

const COLUMNS: readonly Column<WhyRow>[] = [
  { key: 'name', title: 'Receiver', value: ({ name }) => name, cell: ({ name }) => <Name>{name}</Name> },
  {
    key: 'called',
    title: 'Called',
    value: ({ called }) => Number(called),
    cell: ({ called }) => <span class={called ? 'mark yes' : 'mark no'}>{called ? 'called' : 'not called'}</span>,
  },
  {
    key: 'because',
    title: 'Because',
    value: ({ because }) => because,
    cell: ({ because }) => (
      <>
        <span class="because">{because}</span> <span class="soft sentence">{REASONS[because]}</span>
      </>
    ),
  },
  {
    key: 'result',
    title: 'Result',
    value: ({ call }) => call?.status ?? null,
    cell: ({ call }) => {
      if (call === undefined) return <span class="none">–</span>;
      const failure = call.error && (call.error.code ?? call.error.name);
      const className = call.status === 'rejected' ? 'bad' : call.status === 'pending' ? 'busy' : 'good';
      const text = failure === null ? RESULTS[call.status] : `${RESULTS[call.status]} ${failure}`;
      return (
        <span class={`ellipsis ${className}`} title={text}>
          {text}
        </span>
      );
    },
  },
];

/** For each receiver, whether the selected send called it, and why. */
export function WhyTable(): JSX.Element {
  const send = selectedSend.value;
  const why = explanations.value;
  const calls = new Map(send?.calls.map((call) => [call.receiverId, call]));
  const rows = (why ?? []).map((each) => ({ ...each, id: each.receiverId, call: calls.get(each.receiverId) }));
  const called = rows.filter((row) => row.called).length;
  const note =
    send && why
      ? `called ${exact(called)} of ${quantity(rows.length, 'receiver')} at ${time(send.at)} · ${send.signalName}`
      : undefined;
  return (
    <Panel title="Why" note={note} class="why">
      <DataTable
        name="Why"
        class="table-why two-lines"
        key={send?.id}
        columns={COLUMNS}
        rows={rows}
        rowClass={(row) => (row.called ? '' : 'not-called')}
        empty={emptyText(why)}
      />
    </Panel>
  );
}

function emptyText(why: readonly PastExplanation[] | null | undefined): string {
  if (selectedSendId.value === undefined)
    return 'Choose a send to see which receivers it called, and why it did not call the others.';
  if (why === undefined) return 'Reading…';
  if (why === null) return 'This send is no longer kept. The option keepSends of inspect keeps more of them.';
  return 'The signal has had no receivers.';
}
