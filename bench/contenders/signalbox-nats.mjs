import { connect } from '@nats-io/transport-node';
import * as bridge from '../bridge.mjs';

export const about = {
  label: 'signalbox/bridge, NATS',
  package: 'signalbox',
  ours: true,
};

const open = async (servers) => bridge.natsEngine(await connect({ servers, maxReconnectAttempts: -1 }));

export async function openNode(url, name, receive) {
  await bridge.openNode(await open(url), name, receive);
}

export async function openSender(url, nodes) {
  const { engine, tally } = bridge.counted(await open(url));
  return { tally, ...(await bridge.openSender(engine, nodes)) };
}
