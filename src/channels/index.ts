/**
 * Diagnostics channels of Node for sends and receivers.
 *
 * Importing it makes all managers publish to the tracing channels `signalbox:send` and `signalbox:receive`. It has no
 * exports but the types of the messages.
 *
 * @example
 * ```ts
 * import { tracingChannel } from 'node:diagnostics_channel';
 * import { SignalManager } from 'signalbox';
 * import 'signalbox/channels';
 * import type { SendMessage } from 'signalbox/channels';
 *
 * const show = (message: unknown) => console.log((message as SendMessage).signalName);
 * tracingChannel('signalbox:send').start.subscribe(show);
 * new SignalManager().signal('ordered').emit(); //=> 'ordered'
 * ```
 *
 * @module signalbox/channels
 */
import { publishToChannels } from './publish.js';

export type { ReceiveMessage, SendMessage } from './types.js';

publishToChannels();
