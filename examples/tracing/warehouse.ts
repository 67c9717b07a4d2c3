/** The second process: packs each order. */
import { SignalManager } from 'signalbox';
import { Bridge } from 'signalbox/bridge';

import { channelEngine } from '../cluster/channel-engine.js';
import { namespace, orderedOf } from './signals.js';
import { startTracing } from './spans.js';

startTracing('warehouse', (span) => process.send?.({ kind: 'app', span }));

const manager = new SignalManager({ name: 'warehouse' });
const ordered = orderedOf(manager);
ordered.connect(function pack({ id }) {
  return `parcel ${id}`;
});
const bridge = new Bridge(manager, channelEngine(), { namespace, node: 'warehouse' });
await bridge.share(ordered);
