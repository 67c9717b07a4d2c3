import type { FarSettling } from '../far/settling.js';
import type { PendingWork } from '../internal/pending-work.js';
import { withinTime } from '../internal/timer.js';
import { DurableSignal } from './durable-signal.js';
import { Failures } from './failures.js';
import type { Membership } from './membership.js';
import type { NodeTable, RemoteNode } from './nodes/node-table.js';
import type { Presence } from './nodes/presence.js';
import type { SignalShares } from './shares.js';

/** The time limit for all operations of the engine that remain after `timeoutMs`. */
const LONGEST_END_MS = 5_000;

export interface ClosingParts {
  readonly node: string;
  readonly peers: NodeTable;
  /** The pending emits of other nodes. */
  readonly emits: PendingWork;
  /** The pending calls of this node and of others. */
  readonly underWay: PendingWork;
  readonly patienceMs: number;
  readonly shares: SignalShares;
  readonly membership: Membership;
  readonly presence: Presence;
  readonly settling: FarSettling<RemoteNode>;
}

/**
 * Ends a node: it leaves, answers what is pending, and says goodbye. Rejects with the failures of the engine at the end.
 *
 * @param timeoutMs - The time limit for what is pending.
 */
export async function closeNode(parts: ClosingParts, timeoutMs: number): Promise<void> {
  const { node, shares, membership, presence, peers, settling, emits, underWay, patienceMs } = parts;
  const failures = new Failures();
  // Other nodes may know this one before it has joined: a server may deliver before it acknowledges a subscription.
  const { begun } = membership;
  const subscriptions = withinTime(membership.subscriptions(), patienceMs, () => []);

  /** Stops waiting for all other nodes, for their answers and for their `go`. */
  const giveUp = (): void => presence.lose(peers.all);

  /** Resolves when no call to this node is on its way or pending, and all its own sends are answered. */
  const settle = async (): Promise<void> => {
    // Announces that this node accepts no new sends, if it was reachable.
    const leaving = subscriptions.then(({ length }) => (length > 0 ? presence.leave() : undefined));
    await failures.each(shares.unended, async (signal) => {
      if (signal instanceof DurableSignal) await signal.stop();
    });
    await leaving;
    await emits.whenIdle();
    await underWay.whenIdle();
  };

  const unshare = (durable: boolean): Promise<void> => {
    const unended = shares.unended.filter((signal) => signal instanceof DurableSignal === durable);
    return failures.each(unended, (signal) => shares.end(signal));
  };

  const end = async (): Promise<void> => {
    await withinTime(settle(), timeoutMs, giveUp);
    // Before the `bye`: nodes that have not received it may still call, and get an answer without results.
    await unshare(false);
    settling.close();
    const joined = await subscriptions;
    if (begun) await presence.stop();
    await membership.end(joined, failures);
    // Last, so that durable sends are stored until now.
    await unshare(true);
  };

  await withinTime(end(), timeoutMs + LONGEST_END_MS, () => undefined);
  // The engine has not ended these.
  for (const signal of shares.unended) signal.detach();
  settling.close();
  giveUp();
  failures.rethrow(`The engine could not end all of the bridge of node "${node}"`);
}
