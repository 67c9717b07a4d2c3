/**
 * Diagnostics channels of Node for sends and receivers.
 *
 * Importing it makes all managers publish to the tracing channels `signalbox:send` and `signalbox:receive`. It has no
 * exports but the types of the messages.
 *
 * @module signalbox/channels
 */
import { publishToChannels } from './publish.js';

export type { ReceiveMessage, SendMessage } from './types.js';

publishToChannels();
