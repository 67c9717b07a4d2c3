import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
import type { Connection, Receiver, SignalManager } from '../index.js';
import { nameOfReceiver } from '../internal/printing.js';
import { isObject } from '../internal/weak-key-map.js';
import { notedMethodsOf } from './noted.js';

/** Connects the noted methods of all providers and controllers of an app. Nest calls its hooks. */
export class NestReceivers implements OnModuleInit, OnApplicationShutdown {
  readonly #found: DiscoveryService;
  readonly #manager: SignalManager;
  /** Whether the manager is the app's own. */
  readonly #isOwn: boolean;
  #connections: readonly Connection[] = [];

  constructor(found: DiscoveryService, manager: SignalManager, isOwn: boolean) {
    this.#found = found;
    this.#manager = manager;
    this.#isOwn = isOwn;
  }

  onModuleInit(): void {
    const instances = new Set<object>(); // each once, because a provider may have several tokens
    for (const wrapper of [...this.#found.getProviders(), ...this.#found.getControllers()]) {
      const instance: unknown = wrapper.instance; // of a provider in scope REQUEST: an empty object of its class
      if (!isObject(instance)) continue;
      const [noted] = notedMethodsOf(instance);
      if (noted === undefined) continue;
      if (wrapper.isTransient || !wrapper.isDependencyTreeStatic()) {
        const name = `${nameOfReceiver(instance.constructor)}.${String(noted.name)}`;
        throw new TypeError(
          `Expected the provider of \`${name}\`, which receives a signal, to be in scope DEFAULT with all that it injects`,
        );
      }
      instances.add(instance);
    }
    this.#connections = [...instances].flatMap((thisArg) =>
      notedMethodsOf(thisArg).map(({ name, signals, options }) =>
        this.#manager.connect(Reflect.get(thisArg, name) as Receiver, signals, { ...options, thisArg }),
      ),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.#isOwn) await this.#manager.close();
    for (const connection of this.#connections) connection.disconnect();
  }
}
