import type { ConnectionReports } from './meta-reports.js';
import { connectedReceivers, factsOf } from '../receivers/inspect.js';
import type { SignalTable } from '../send/signal-table.js';
import type { ConnectionFacts, InspectHost } from '../watch/inspect-host.js';

/** Shows the connections of a manager to inspectors. */
export function inspectHostOf(signals: SignalTable, reports: ConnectionReports): InspectHost {
  return {
    connected(signal) {
      const state = signals.find(signal);
      return state === undefined ? [] : connectedReceivers(state.table);
    },
    connections(signal) {
      const links = signals.find(signal)?.table.all() ?? [];
      return links.flatMap((link) => Array<ConnectionFacts>(link.count).fill(factsOf(signal, link)));
    },
    follow: (listener) => reports.follow(listener),
    isMuted: (signal) => signals.isMuted(signal),
    peers() {
      return signals.all().flatMap(({ token, far = [] }) => {
        const names = far.flatMap((side) => side.reach(true));
        return names.length === 0 ? [] : [{ signal: token, names: [...new Set(names)] }];
      });
    },
  };
}
