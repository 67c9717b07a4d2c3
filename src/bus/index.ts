/**
 * Topics with a queue per subscriber.
 *
 * @module signalbox/bus
 */
export { SignalBus } from './signal-bus.js';
export { topic } from './topic.js';
export {
  BusShutdownError,
  InjectionError,
  QueueOverflowError,
  SubscriberTimeoutError,
  type StillRunning,
  type Undelivered,
} from './errors.js';
export type {
  BatchOptions,
  BusDecorator,
  BusErrorReport,
  Factories,
  IdleOptions,
  InjectDecorator,
  Injectable,
  InjectOptions,
  Injected,
  InjectedFunction,
  PayloadOf,
  PeriodicOptions,
  SignalBusOptions,
  StopOptions,
  SubscriberOptions,
  Topic,
  TopicToken,
} from './types.js';
