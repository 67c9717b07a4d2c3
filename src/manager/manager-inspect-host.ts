import type { ConnectionReports } from './meta-reports.js';
import { connectedReceivers, factsOf } from '../receivers/inspect.js';
import type { SignalTable } from '../send/signal-table.js';
import type { SignalToken } from '../contract/options.js';
import type { ConnectedReceiver, ConnectionFacts, ConnectionListener, InspectHost } from '../watch/inspect-host.js';

/** Shows the connections of a manager to inspectors. */
export class ManagerInspectHost implements InspectHost {
  readonly #signals: SignalTable;
  readonly #reports: ConnectionReports;

  constructor(signals: SignalTable, reports: ConnectionReports) {
    this.#signals = signals;
    this.#reports = reports;
  }

  connected(signal: SignalToken): ConnectedReceiver[] {
    const state = this.#signals.find(signal);
    return state === undefined ? [] : connectedReceivers(state.table);
  }

  connections(signal: SignalToken): ConnectionFacts[] {
    const links = this.#signals.find(signal)?.table.all() ?? [];
    return links.flatMap((link) => Array<ConnectionFacts>(link.count).fill(factsOf(signal, link)));
  }

  follow(listener: ConnectionListener): () => void {
    return this.#reports.follow(listener);
  }

  isMuted(signal: SignalToken): boolean {
    return this.#signals.isMuted(signal);
  }

  peers(): ReturnType<InspectHost['peers']> {
    return this.#signals.all().flatMap(({ token, far = [] }) => {
      const names = far.flatMap((side) => side.reach(true));
      return names.length === 0 ? [] : [{ signal: token, names: [...new Set(names)] }];
    });
  }
}
