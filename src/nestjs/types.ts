/// <reference lib="esnext.disposable" />
import type { Connection, ConnectOptions, Receiver, SignalManager } from '../index.js';

/** The options of `SignalboxModule.forRoot`. */
export interface SignalboxModuleOptions {
  /**
   * The manager that receivers are connected to, and that providers get injected. Default: a new one for each app, which
   * is closed with the app.
   */
  readonly manager?: SignalManager | undefined;
}

/** The options of `Receive`: those of `connect`, without `thisArg`, which is the instance. */
export type ReceiveOptions = Omit<ConnectOptions, 'thisArg'>;

/** A decorator of methods that fit the signal. It does not change the method. */
export interface ReceiveDecorator<K, R> {
  /** As a legacy decorator (`experimentalDecorators`), which Nest needs. */
  <F extends Receiver<K, R>>(prototype: object, name: string | symbol, descriptor: TypedPropertyDescriptor<F>): void;
  /** As a standard decorator. */
  (method: Receiver<K, R>, context: ClassMethodDecoratorContext): void;
}

/** A method that a decorator has noted. */
export interface NotedMethod {
  /** It is found by its name, because a subclass or another decorator may replace the function. */
  readonly name: string | symbol;
  readonly connect: (manager: SignalManager, receiver: Receiver, thisArg: object) => Connection;
}
