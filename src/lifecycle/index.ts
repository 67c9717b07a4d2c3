/**
 * Opens and closes the resources of a server, and loads its extensions. For Node.
 *
 * @module signalbox/lifecycle
 */
export { Lifecycle } from './lifecycle.js';
export { StartFailedError, StopTimeoutError } from './errors.js';
export type { LifecycleOptions, LifecycleState, ResourceContext } from './types.js';
