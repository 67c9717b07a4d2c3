/**
 * Signals, receivers and managers.
 *
 * @module signalbox
 */
export { SignalManager } from './manager/manager.js';
export {
  RECEIVER_CONNECTED,
  RECEIVER_DISCONNECTED,
  Signal,
  type SignalConstructor,
  type SignalOptions,
} from './signal.js';
export { connect, disconnect, emit, send, sharedManager } from './shared-manager.js';
export { ANY } from './signals/tokens.js';
export { failures, farResults, values } from './signals/results.js';
export {
  AsyncReceiverError,
  DrainTimeoutError,
  ManagerClosedError,
  ReceiverTimeoutError,
  ReceiversFailedError,
  SendDepthError,
  StreamOverflowError,
  WaitTimeoutError,
} from './signals/errors.js';
export type {
  ConnectOptions,
  Connection,
  ConnectionChange,
  DelayedEmit,
  Delivery,
  DisconnectOptions,
  DrainOptions,
  EmitOptions,
  ErrorReport,
  Explanation,
  FarResult,
  Filter,
  KwargsOf,
  Receiver,
  ReceiverDecorator,
  ReceiverWithUid,
  ResultOf,
  SendArguments,
  SendContext,
  SendOptions,
  SendResult,
  SentOf,
  SerialOptions,
  SignalManagerOptions,
  SignalStream,
  SignalToken,
  StreamOptions,
  SyncOptions,
  WaitOptions,
} from './contract/signals.js';
