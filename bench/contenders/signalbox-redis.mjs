import { createClient } from '@redis/client';
import * as bridge from '../bridge.mjs';

export const about = {
  label: 'signalbox/bridge, Redis',
  package: 'signalbox',
  ours: true,
};

// Servers are stopped before their clients; a call that fails rejects anyway.
const open = async (url) =>
  bridge.redisEngine(
    await createClient({ url })
      .on('error', () => {})
      .connect(),
  );

export async function openNode(url, name, receive) {
  await bridge.openNode(await open(url), name, receive);
}

export async function openSender(url, nodes) {
  const { engine, tally } = bridge.counted(await open(url));
  return { tally, ...(await bridge.openSender(engine, nodes)) };
}
