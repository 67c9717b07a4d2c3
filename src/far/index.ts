export { attachFar } from './attachment.js';
export type { FarAttachment, FarDelivery } from './types.js';
export type { FarCall, FarReceivers, FarSend, Heard } from '../send/far-hook.js';
