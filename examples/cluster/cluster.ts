/** The primary: starts the servers, keeps them running, and stops them by a signal. */
import { failures, farResults, type FarResult } from 'signalbox';
import { Bridge, memoryEngine, NodeLostError } from 'signalbox/bridge';

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

/**
 * Runs the servers until `stopped`, which is given their port, resolves, or until another program sends `server_stop`.
 *
 * @returns Whether all that were asked to close did so in time.
 */
export async function runCluster(
  { name, servers: count, port, folder, stopTimeoutMs }: ClusterSettings,
  stopped: (port: number) => Promise<unknown>,
): Promise<boolean> {
  const { engine, close } = await openEngine(memoryEngine);
  const bridge = new Bridge(clusterSignals, engine, { namespace, node: name });
  await bridge.share(serverStop);
  const servers = new Servers(engine, { port, folder });
  serverStop.connect(function replaceNoMore() {
    servers.replaceNoMore();
  });
  const stoppedElsewhere = serverStop.wait();

  let sharedPort = port;
  for (let index = 1; index <= count; index++) {
    const started = await servers.start(`${name}-${index}`);
    if (started === undefined) throw new Error(`${name}-${index} ended before it answered requests`);
    sharedPort = started;
  }
  console.log(`${count} servers answer on http://127.0.0.1:${sharedPort}`);
  await Promise.race([stopped(sharedPort), stoppedElsewhere]);

  // Whoever sends it learns how it ended. A server that has died before is closed, too.
  const options = { timeoutMs: stopTimeoutMs, expected: [NodeLostError] };
  const results = servers.replacing ? await serverStop.send({ reason: `${name} stops` }, options) : [];
  for (const result of farResults(results)) console.log(`${result.node}: ${endOf(result)}`);
  await servers.ended(stopTimeoutMs);
  await bridge.close();
  await close();
  return failures(results).every(({ reason }) => reason instanceof NodeLostError);
}

function endOf(result: FarResult): string {
  if (result.status === 'fulfilled') return 'closed';
  return result.reason instanceof NodeLostError ? 'was gone' : 'could not close in time';
}
