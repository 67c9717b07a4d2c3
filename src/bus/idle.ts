import { CallSite } from '../internal/call-site.js';
import { Timer } from '../internal/timer.js';
import { DrainTimeoutError } from '../index.js';
import type { BusState, PendingIdle } from './bus-state.js';
import { currentCall, isAbandoned } from './calls.js';

/** Resolves when no payload waits or is handled, on this bus and on those that share topics with it. */
export function idle(member: BusState, timeoutMs: number): Promise<void> {
  const caller = new CallSite(timeoutMs);
  return new Promise((resolve, reject) => {
    const pending: PendingIdle = {
      within: currentCall(),
      check() {
        if (busySubscribers(member, pending).length > 0) return;
        end();
        resolve();
      },
    };
    const timer = new Timer(timeoutMs, () => {
      end();
      reject(caller.blame(new DrainTimeoutError(busySubscribers(member, pending), timeoutMs)));
    });
    const end = (): void => {
      timer.stop();
      member.idling.delete(pending);
    };
    member.idling.add(pending);
    member.checkIdle(); // others, too: if this one was called in a subscriber, they need not wait for that call
  });
}

/**
 * Returns the names of the subscribers that a pending `idle` waits for. Inside a subscriber it waits neither for that
 * call nor for calls that wait for `idle` themselves, because such calls would wait for each other.
 */
function busySubscribers(member: BusState, pending: PendingIdle): string[] {
  const waiting = pending.within && new Set([pending, ...member.idling].map(({ within }) => within));
  const names: string[] = [];
  for (const { parts } of member.network) {
    for (const part of parts) {
      if (part.source !== 'subscriber') continue;
      const { queued = 0, handling = 0 } = part;
      let count = queued + handling;
      for (const call of waiting ?? []) {
        if (call?.callee === part && !isAbandoned(call, part.member)) count -= call.count;
      }
      if (count > 0) names.push(part.name);
    }
  }
  return names;
}
