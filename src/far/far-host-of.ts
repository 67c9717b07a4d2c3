import { argumentError } from '../internal/check.js';
import type { SignalManager } from '../index.js';
import type { FarHost } from '../send/far-hook.js';
import { checkManager } from '../signals/check-signal.js';
import { FAR } from '../signals/tokens.js';

/** Returns what a manager of any copy of this library has for transports. */
export function farHostOf(manager: SignalManager): FarHost {
  checkManager(manager);
  const host = (manager as { readonly [FAR]?: FarHost })[FAR];
  if (host === undefined) throw argumentError('manager', 'a SignalManager', manager);
  return host;
}
