/**
 * A manager in an app of Nest, and methods of its providers and controllers as receivers.
 *
 * @module signalbox/nestjs
 */
import type { DynamicModule } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { type KwargsOf, type ResultOf, SignalManager, type SignalToken } from '../index.js';
import { checkKnown } from '../internal/check.js';
import { laterOptionsOf } from '../receivers/connect-request.js';
import { checkManager, listedSignalsOf } from '../signals/check-signal.js';
import { notingDecorator } from './noted.js';
import { receiverHooks } from './receiver-hooks.js';
import type { ReceiveDecorator, ReceiveOptions, SignalboxModuleOptions } from './types.js';

export type { ReceiveDecorator, ReceiveOptions, SignalboxModuleOptions } from './types.js';

/**
 * The module of an app. Providers get its manager injected by the token `SignalManager`, in all modules of the app.
 *
 * When the app is initialized, before any `onModuleInit`, it connects the methods that {@link Receive} decorates. After
 * all `onApplicationShutdown`, when the last request is answered, it disconnects them.
 */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- Nest knows modules by their classes
export class SignalboxModule {
  /**
   * Returns the module for `imports` of the root module, or of a TestingModule.
   *
   * @throws TypeError for an unknown option, or a `manager` that is none.
   *
   * @example
   * ```ts
   * import { Module } from '@nestjs/common';
   * import { SignalboxModule } from 'signalbox/nestjs';
   *
   * @Module({ imports: [SignalboxModule.forRoot()] })
   * class AppModule {}
   * ```
   */
  static forRoot(options: SignalboxModuleOptions = {}): DynamicModule {
    checkKnown(options, ['manager'], 'SignalboxModule.forRoot');
    const { manager } = options;
    if (manager !== undefined) checkManager(manager);
    const hooksOf = (found: DiscoveryService, own: SignalManager) => receiverHooks(found, own, manager === undefined);
    const providers = [
      // Made here, because several apps may be made of one module.
      { provide: SignalManager, useFactory: () => manager ?? new SignalManager({ name: 'nestjs' }) },
      { provide: 'signalbox/nestjs', useFactory: hooksOf, inject: [DiscoveryService, SignalManager] },
    ];
    return { module: SignalboxModule, global: true, imports: [DiscoveryModule], exports: [SignalManager], providers };
  }
}

/**
 * Returns a decorator that connects a method of a provider or controller to a signal of the app's manager, with the
 * instance as `this`. An array connects to each of its signals. A subclass inherits this, also for a method that it
 * overrides.
 *
 * The method gets what is sent on the app's manager: `manager.send(saved, …)`. `saved.send(…)` sends on the manager of
 * `saved`, so it reaches the method if that is given to the module: `SignalboxModule.forRoot({ manager: saved.manager })`.
 *
 * Class providers in scope REQUEST or TRANSIENT have no instance that could receive: with one, the app does not start.
 * A value that a factory makes in these scopes is not connected.
 *
 * As a standard decorator it stands above decorators that replace the method; as a legacy decorator, in any place.
 *
 * @throws TypeError for anything that is not a signal, a bad or unknown option, and anything but a public method of
 * instances.
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { Signal } from 'signalbox';
 * import { Receive } from 'signalbox/nestjs';
 *
 * const saved = new Signal<{ id: number }>({ name: 'saved' });
 *
 * @Injectable()
 * class Mailer {
 *   @Receive(saved)
 *   send({ id }: { id: number }): void {
 *     console.log(`${id} is saved`);
 *   }
 * }
 * ```
 */
export function Receive<T extends SignalToken>(
  signal: T,
  options: ReceiveOptions = {},
): ReceiveDecorator<KwargsOf<T>, ResultOf<T>> {
  const signals = listedSignalsOf(signal);
  const read = laterOptionsOf(options, 'Receive');
  return notingDecorator((manager, method, thisArg) => manager.connect(method, signals, { ...read, thisArg }));
}
