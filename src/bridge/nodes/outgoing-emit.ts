import type { FarCall } from '../../far/index.js';
import type { FarResult } from '../../contract/signals.js';
import { OutgoingCall } from './outgoing-call.js';

/** An emit to other nodes. */
export class OutgoingEmit extends OutgoingCall implements FarCall {
  start(): Promise<readonly FarResult[]> | undefined {
    const { targets, parts, attachment, send } = this.options;
    this.begin();
    const taken = this.hand(targets, this.encode(parts.calls.nextId()), (reason, peer) => {
      attachment.report(reason, peer?.from ?? 'all other nodes', send);
    });
    return taken.length === 0 ? undefined : Promise.all(taken).then(() => []);
  }

  abort(): void {
    // Nothing waits for an emit.
  }
}
