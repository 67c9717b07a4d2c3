/**
 * Signals that processes, hosts and tabs share.
 *
 * @module signalbox/bridge
 */
export { Bridge } from './bridge.js';
export {
  BadInputError,
  BridgeClosedError,
  ConsumerError,
  EngineRefusedError,
  EngineSilentError,
  MissingPackageError,
  NodeLostError,
  NotReadyError,
  PayloadError,
  RedeliverError,
  SetAsideError,
} from './errors.js';
export { memoryEngine } from './engines/memory.js';
export type { BridgeOptions, CloseOptions, DurableEngine, Engine, ReadyOptions, ShareOptions } from './types.js';
