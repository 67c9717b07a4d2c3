import { processShared } from '../internal/process-shared.js';
import type { SignalManager } from '../contract/signals.js';

/**
 * The managers that stand in for the shared one, for all copies of this major version: the last one is in force. Changed by
 * `isolateSharedManager` of `signalbox/testing`.
 */
export const isolations = processShared<SignalManager[]>('isolations', () => []);
