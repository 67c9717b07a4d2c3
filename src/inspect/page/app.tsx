import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Banner, Header, Totals } from './header.js';
import { connectionState, pid, selectSend, selectSignal, selectedRow, selectedSendId } from './model.js';
import { PeersTable } from './peers-table.js';
import { Picture } from './picture.js';
import { ReceiversTable } from './receivers-table.js';
import { SendsTable } from './sends-table.js';
import { SignalDetails } from './signal-details.js';
import { SignalsPanel } from './signals-panel.js';
import { WhyTable } from './why-table.js';

export function App(): JSX.Element {
  useEffect(() => {
    document.title = `${selectedRow.value?.name ?? 'signalbox inspector'}${pid.value === undefined ? '' : ` · ${pid.value}`}`;
  }, [selectedRow.value?.name, pid.value]);
  // Escape leaves what was chosen last: the send, then the signal.
  useEffect(() => {
    const leave = ({ key, target }: KeyboardEvent): void => {
      if (key !== 'Escape' || target instanceof HTMLInputElement) return;
      if (selectedSendId.value === undefined) selectSignal(undefined);
      else selectSend(undefined);
    };
    addEventListener('keydown', leave);
    return () => removeEventListener('keydown', leave);
  }, []);

  return (
    <div class={`app is-${connectionState.value}`}>
      <Header />
      <Banner />
      <main>
        {/* Without a process, zeros and "none" would be wrong. */}
        {(pid.value !== undefined || connectionState.value === 'connecting') && (
          <>
            <div class="overview">
              <Totals />
              <SignalsPanel />
              <PeersTable />
              <Picture />
            </div>
            <div class="details">
              <SignalDetails />
              <ReceiversTable />
              <SendsTable />
              <WhyTable />
            </div>
          </>
        )}
      </main>
    </div>
  );
}
