/**
 * Signals, receivers and managers.
 *
 * @module signalbox
 */
export { RECEIVER_CONNECTED, RECEIVER_DISCONNECTED, Signal, SignalManager, sharedManager } from './signal.js';
export { connect, disconnect, emit, send } from './shared-functions.js';
export { ANY } from './signals/tokens.js';
export { managers, onManager } from './manager/registry.js';
export { failures, farResults, values } from './signals/results.js';
export {
  AsyncReceiverError,
  DrainTimeoutError,
  ManagerClosedError,
  ReceiverTimeoutError,
  ReceiversFailedError,
  SendDepthError,
  StreamOverflowError,
  WaitRejectedError,
  WaitTimeoutError,
} from './signals/errors.js';
export type {
  ConnectOptions,
  DelayedEmit,
  DisconnectOptions,
  DrainOptions,
  EmitOptions,
  Filter,
  ReceiverWithUid,
  SendOptions,
  Several,
  SignalToken,
} from './contract/options.js';
export type {
  BusWork,
  Connection,
  ConnectionChange,
  Delivery,
  ErrorReport,
  Explanation,
  FarResult,
  KwargsOf,
  Receiver,
  ReceiverDecorator,
  ResultOf,
  SendArguments,
  SendContext,
  SendResult,
  SendWatch,
  SendWatcher,
  SentOf,
  SerialOptions,
  SignalConstructor,
  SignalManagerOptions,
  SignalOptions,
  SignalStream,
  StreamOptions,
  SyncOptions,
  TraceParent,
  WaitOptions,
  WatchedSend,
  WorkWatch,
} from './contract/signals.js';
