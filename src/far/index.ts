/**
 * The extension point for transports: remote receivers of a signal.
 *
 * @module signalbox/far
 */
export { attachFar } from './attachment.js';
export type { FarAttachment, FarDelivery } from './types.js';
export type { FarCall, FarReceivers, FarSend, Heard } from '../send/far-hook.js';
