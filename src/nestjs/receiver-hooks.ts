import type { DiscoveryService } from '@nestjs/core';
import type { Connection, Receiver, SignalManager } from '../index.js';
import { checkFunction } from '../internal/check.js';
import { notedMethodsOf } from './noted.js';

/** Returns the hooks that connect the noted methods of all providers and controllers of an app, and disconnect them. */
export function receiverHooks(found: DiscoveryService, manager: SignalManager, isOwn: boolean) {
  let connections: readonly Connection[] = [];
  return {
    onModuleInit() {
      const wrappers = [...found.getProviders(), ...found.getControllers()];
      const receiving = wrappers.filter(({ instance }) => notedMethodsOf(instance).length > 0);
      // In scope REQUEST, the instance is an empty object of the class.
      const scoped = receiving.find((wrapper) => wrapper.isTransient || !wrapper.isDependencyTreeStatic());
      if (scoped !== undefined)
        throw new TypeError(`Expected receiver \`${String(scoped.name)}\` to be in scope DEFAULT with all it injects`);
      // Each instance once, because a provider may have several tokens.
      const instances = [...new Set(receiving.map(({ instance }) => instance as object))];
      const methods = instances.flatMap((thisArg) => notedMethodsOf(thisArg).map((noted) => ({ ...noted, thisArg })));
      for (const { thisArg, name } of methods) checkFunction(Reflect.get(thisArg, name), String(name));
      connections = methods.map(({ connect, name, thisArg }) =>
        connect(manager, Reflect.get(thisArg, name) as Receiver, thisArg),
      );
    },
    async onApplicationShutdown() {
      if (isOwn) await manager.close();
      for (const connection of connections) connection.disconnect();
    },
  };
}
