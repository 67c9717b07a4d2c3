/**
 * Opens and closes the resources of a server, and loads its extensions. For Node.
 *
 * @module signalbox/lifecycle
 */
export { Lifecycle } from './lifecycle.js';
export { loadExtensions } from './extensions.js';
export { ExtensionFailedError, NotConfigured, StartFailedError, StopTimeoutError } from './errors.js';
export type {
  ExtensionClass,
  Extensions,
  LifecycleOptions,
  LifecycleState,
  LoadExtensionsOptions,
  ResourceContext,
} from './types.js';
