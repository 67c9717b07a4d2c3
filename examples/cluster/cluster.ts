/** The primary: starts the servers, keeps them running, and stops them by a signal. */
import { failures, farResults, type FarResult } from 'signalbox';
import { Bridge, memoryEngine, NodeLostError } from 'signalbox/bridge';
import { Lifecycle } from 'signalbox/lifecycle';

import { openEngine } from './engine.js';
import { Servers } from './servers.js';
import { clusterSignals, namespace, serverStop } from './signals.js';

export interface ClusterSettings {
  /** the servers are `<name>-1`, `<name>-2`, … */
  readonly name: string;
  readonly servers: number;
  /** 0: any free port */
  readonly port: number;
  /** where the notes are */
  readonly folder: string;
  /** milliseconds that each server has to close */
  readonly stopTimeoutMs: number;
}

export interface Cluster {
  /** Also stops when another program sends `server_stop`. Its stop fails if a server did not close in time. */
  readonly lifecycle: Lifecycle;
  readonly servers: Promise<Servers>;
}

export function createCluster({ name, servers: count, port, folder, stopTimeoutMs }: ClusterSettings): Cluster {
  const lifecycle = new Lifecycle({ startTimeoutMs: Infinity, stopTimeoutMs: 2 * stopTimeoutMs });
  const opened = lifecycle.add(
    'engine',
    () => openEngine(memoryEngine),
    ({ close }) => close(),
  );
  void lifecycle.add('bridge', openBridge, (bridge) => bridge.close());
  const servers = lifecycle.add('servers', startServers, stopServers);
  return { lifecycle, servers };

  async function openBridge(): Promise<Bridge> {
    const { engine } = await opened;
    const bridge = new Bridge(clusterSignals, engine, { namespace, node: name });
    await bridge.share(serverStop);
    return bridge;
  }

  async function startServers(): Promise<Servers> {
    const { engine } = await opened;
    const started = new Servers(engine, { port, folder });
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
