/** The primary: starts the servers, keeps them running, and stops them by a signal. */
import { failures, farResults, type FarResult } from 'signalbox';
import { memoryEngine, NodeLostError } from 'signalbox/bridge';
import { Lifecycle } from 'signalbox/lifecycle';

import { addBridge } from './bridge.js';
import { type CommonSettings, Servers } from './servers.js';
import { serverStop } from './signals.js';

export interface ClusterSettings extends CommonSettings {
  /** the servers are `<name>-1`, `<name>-2`, … */
  readonly name: string;
  readonly servers: number;
}

/** Its lifecycle also stops when another program sends `server_stop`. The stop fails if a server did not close in time. */
export function createCluster({ name, servers: count, ...common }: ClusterSettings) {
  const { stopTimeoutMs } = common;
  const lifecycle = new Lifecycle({ startTimeoutMs: Infinity, stopTimeoutMs: 2 * stopTimeoutMs });
  const opened = addBridge(lifecycle, name, memoryEngine);
  const servers = lifecycle.add('servers', startServers, stopServers);
  return { lifecycle, servers };

  async function startServers(): Promise<Servers> {
    const { engine, bridge } = await opened;
    await bridge.share(serverStop);
    const started = new Servers(engine, common);
    serverStop.connect(function replaceNoMore({ reason }) {
      started.replaceNoMore();
      lifecycle.stop(reason).catch(() => undefined); // whoever runs it gets the error
    });
    await started.startAll(Array.from({ length: count }, (_, index) => `${name}-${index + 1}`));
    console.log(`${count} servers answer on http://127.0.0.1:${started.port}`);
    return started;
  }

  async function stopServers(running: Servers): Promise<void> {
    // Whoever sends it learns how it ended. A server that has died before is closed, too.
    const options = { timeoutMs: stopTimeoutMs, expected: [NodeLostError] };
    const results = running.replacing ? await serverStop.send({ reason: `${name} stops` }, options) : [];
    for (const result of farResults(results)) console.log(`${result.node}: ${endOf(result)}`);
    await running.ended(stopTimeoutMs);
    const late = failures(results).find(({ reason }) => !(reason instanceof NodeLostError));
    if (late !== undefined) throw new Error('Not every server closed in time', { cause: late.reason });
  }
}

function endOf(result: FarResult): string {
  if (result.status === 'fulfilled') return 'closed';
  return result.reason instanceof NodeLostError ? 'was gone' : 'could not close in time';
}
