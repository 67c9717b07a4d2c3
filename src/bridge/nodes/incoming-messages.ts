import type { FarSettling } from '../../far/settling.js';
import type { BridgeLog } from '../wire/bridge-log.js';
import { Malformed, type Message, decodeMessage } from '../wire/envelope.js';
import type { Publisher } from '../wire/publisher.js';
import type { BridgeCalls } from './calls.js';
import type { IncomingCalls } from './incoming-calls.js';
import type { NodeTable, RemoteNode } from './node-table.js';
import type { Presence } from './presence.js';

export interface IncomingMessagesParts {
  readonly post: Publisher;
  readonly maxBytes: number;
  readonly log: BridgeLog;
  readonly peers: NodeTable;
  readonly calls: BridgeCalls;
  readonly closing: () => boolean;
  readonly presence: Presence;
  readonly deliveries: IncomingCalls;
  readonly settling: FarSettling<RemoteNode>;
}

/** Returns a function that passes the messages of other nodes to the parts of a bridge. It reports and drops bad ones. */
export function passMessages(parts: IncomingMessagesParts): (data: Uint8Array) => void {
  const { post, maxBytes, log, peers, presence, calls, deliveries, settling, closing } = parts;
  const self = post.sender;

  const pass = (message: Message, payload: string): void => {
    if (message.from === self.from) {
      if (message.run === self.run) presence.hearItself();
      else if (message.type !== 'bye') log.badInput('another node has the name of this one', self);
      return;
    }
    presence.receive(message);
    const peer = peers.from(message);
    if (peer === undefined) {
      // Not of a call to all: its sender need not have heard of this node.
      if (message.type === 'call' && message.toAll !== true && !closing())
        log.badInput('a call without a `hello` before it', undefined);
      return;
    }
    calls.receive(message, payload, peer);
    deliveries.receive(message, payload, peer);
    if (message.type === 'settle') settling.asked(peer, message.id, message.onward);
    else if (message.type === 'settled' && !settling.answered(peer, message.id, message.sends)) {
      log.badInput('an answer to a `settle` that was never sent', peer);
    }
  };

  return (data) => {
    try {
      const decoded = decodeMessage(data, maxBytes);
      if (decoded !== undefined) pass(decoded.message, decoded.payload);
    } catch (error) {
      if (!(error instanceof Malformed)) log.report(error);
      // Names the sender only if it is a known node, because names can be invented.
      else log.badInput(error.kind, error.from && peers.from(error.from));
    }
  };
}
