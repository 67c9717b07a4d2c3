/**
 * A manager on an instance of Fastify, and signals for its hooks.
 *
 * @module signalbox/fastify
 */
import type { FastifyPluginAsync } from 'fastify';
import { argumentError, checkKnown, checkObject } from '../internal/check.js';
import { Signal, SignalManager } from '../index.js';
import { checkManager } from '../signals/check-signal.js';
import type { FastifySignals, FastifySignalsOptions } from './types.js';

export type { ClosingLifecycle, FastifySignals, FastifySignalsOptions } from './types.js';

// eslint-disable-next-line @typescript-eslint/require-await -- fastify does not catch what a sync plugin throws
const plugin: FastifyPluginAsync<FastifySignalsOptions> = async (app, options) => {
  checkObject(options, 'options');
  checkKnown(options, ['manager', 'lifecycle', 'prefix', 'logLevel', 'logSerializers'], 'fastifySignals');
  const { manager = new SignalManager({ name: 'fastify' }), lifecycle } = options;
  checkManager(manager);
  if (lifecycle !== undefined && typeof (lifecycle as { add?: unknown } | null)?.add !== 'function')
    throw argumentError('lifecycle', 'a Lifecycle', lifecycle);
  const signals: FastifySignals = {
    manager,
    ready: new Signal({ name: 'ready', manager }),
    closing: new Signal({ name: 'closing', manager }),
    responded: new Signal({ name: 'responded', manager }),
    failed: new Signal({ name: 'failed', manager }),
  };
  app.decorate('signals', signals);
  app.addHook('onReady', async () => {
    await signals.ready.send({ app });
  });
  app.addHook('onResponse', (request, reply, done) => {
    signals.responded.emit({ request, reply }, { key: request.routeOptions.url });
    done();
  });
  app.addHook('onError', (request, reply, error, done) => {
    signals.failed.emit({ request, reply, error }, { key: request.routeOptions.url });
    done();
  });
  app.addHook('onClose', async () => {
    await signals.closing.sendSerial({ app }, { reverse: true });
    if (options.manager === undefined) await manager.close();
  });
  // The promise rejects if the start fails, which `start` reports.
  lifecycle
    ?.add(
      'fastify',
      () => app,
      () => app.close(),
    )
    .catch(() => undefined);
};

/**
 * A plugin for fastify: adds a manager and signals to the app as `app.signals`, for all of its plugins.
 *
 * @example
 * ```ts
 * import { fastify } from 'fastify';
 * import { fastifySignals } from 'signalbox/fastify';
 *
 * const app = fastify();
 * await app.register(fastifySignals);
 * app.signals.responded.connect(({ request, reply }) => console.log(request.url, reply.statusCode));
 * app.get('/', async () => 'hello');
 * await app.inject('/'); // prints / 200
 * await app.close();
 * ```
 */
export const fastifySignals = Object.assign(plugin, {
  // As `fastify-plugin` does, so that the decorator and hooks are those of the app that registers it.
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'signalbox',
});
