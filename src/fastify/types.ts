/// <reference lib="esnext.disposable" />
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Signal, SignalManager } from '../index.js';

/** The options of `fastifySignals`. */
export interface FastifySignalsOptions {
  /** The manager of the signals. Default: a new one, which is closed with the app. */
  readonly manager?: SignalManager | undefined;
  /** A Lifecycle of `signalbox/lifecycle`. It closes the app when it stops. */
  readonly lifecycle?: ClosingLifecycle | undefined;
}

/** The part of a Lifecycle that is used. */
export interface ClosingLifecycle {
  /** Opens the resource, and closes it when the Lifecycle stops. */
  add<T>(name: string, open: () => T, close: (value: T) => unknown): Promise<unknown>;
}

/** The signals at `app.signals`, added by `fastifySignals`. The key of the last two is the path of the route. */
export interface FastifySignals {
  /** The manager of the signals: the one given, or the plugin's own. */
  readonly manager: SignalManager;
  /** Sent when the app is ready, before it listens. The receivers are awaited. */
  readonly ready: Signal<{ readonly app: FastifyInstance }>;
  /** Sent when the app closes, after the last response, in reverse order. Each receiver is awaited. */
  readonly closing: Signal<{ readonly app: FastifyInstance }>;
  /** Sent after each response. */
  readonly responded: Signal<{ readonly request: FastifyRequest; readonly reply: FastifyReply }>;
  /** Sent when a handler or hook fails, before the response. */
  readonly failed: Signal<{ readonly request: FastifyRequest; readonly reply: FastifyReply; readonly error: Error }>;
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly signals: FastifySignals;
  }
}
