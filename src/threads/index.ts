/**
 * Signals that worker threads share.
 *
 * @module signalbox/threads
 */
export { ThreadHub } from './thread-hub.js';
export { ThreadLink, joinThreads } from './thread-link.js';
export { NoThreadHubError, ThreadExitedError, ThreadOverflowError, ThreadsClosedError } from './errors.js';
export type { AttachableWorker, RemoteConnectOptions, AnySignal, ThreadOptions } from './types.js';
