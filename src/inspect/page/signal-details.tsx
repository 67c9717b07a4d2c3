import type { JSX } from 'preact';
import { History } from './charts.js';
import { exact, quantity } from './format.js';
import { managerRows, selectSignal, selectedRow } from './model.js';
import { Panel } from './panel.js';

/** The selected signal in one line and one chart. */
export function SignalDetails(): JSX.Element | null {
  const row = selectedRow.value;
  if (row === undefined) return null;
  const manager = managerRows.value.find(({ id }) => id === row.managerId);
  const facts = [
    manager?.name ?? `manager ${row.managerId}`,
    quantity(row.sends, 'send'),
    `${exact(row.perSecond)}/s`,
    quantity(row.failures, 'failure'),
    ...(row.peers.length > 0 ? [`heard by ${row.peers.join(', ')}`] : []),
  ];
  const back = (
    <button type="button" class="plain" onClick={() => selectSignal(undefined)}>
      All signals
    </button>
  );
  return (
    <Panel title={<span class="name">{row.name}</span>} note={facts.join(' · ')} tools={back} class="signal">
      <History history={row.history} label={row.name} />
    </Panel>
  );
}
