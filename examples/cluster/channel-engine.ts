/**
 * An engine for the servers of one machine, without a message server: the memory engine of the primary process, which the
 * servers reach over the channel that node:cluster keeps to each of them.
 */
import type { Worker } from 'node:cluster';

import type { Engine } from 'signalbox/bridge';

type Request =
  | { readonly kind: 'publish'; readonly subject: string; readonly data: Uint8Array }
  | { readonly kind: 'subscribe'; readonly id: number; readonly subject: string }
  | { readonly kind: 'unsubscribe'; readonly id: number }
  | { readonly kind: 'app' }; // a message that the app sends over the same channel
/** Without data, the subscription is in force. */
interface Reply {
  readonly id: number;
  readonly data?: Uint8Array;
}

/** For a server: publishes and subscribes at the primary. */
export function channelEngine(): Engine {
  const subscriptions = new Map<number, (data: Uint8Array | undefined) => void>();
  let lastId = 0;
  process.on('message', ({ id, data }: Reply) => subscriptions.get(id)?.(data));

  return {
    name: 'channel',
    publish: (subject, data) => ask({ kind: 'publish', subject, data }),
    async subscribe(subject, onMessage) {
      const id = ++lastId;
      const subscribed = new Promise<void>((resolve) => {
        subscriptions.set(id, (data) => (data === undefined ? resolve() : onMessage(data)));
      });
      await ask({ kind: 'subscribe', id, subject });
      await subscribed;
      return {
        [Symbol.asyncDispose]: () => {
          subscriptions.delete(id);
          return ask({ kind: 'unsubscribe', id });
        },
      };
    },
  };
}

/** Resolves when the channel has taken it. */
function ask(request: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(request, undefined, undefined, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** For the primary: does what the server asks for on an engine, until the server is gone. */
export function serveEngine(engine: Engine, server: Worker): void {
  const subscriptions = new Map<number, Promise<AsyncDisposable>>();

  // A server that is gone gets no replies, and its exit is seen elsewhere.
  const reply = (message: Reply): void => void server.send(message, () => undefined);

  async function answer(request: Request): Promise<void> {
    if (request.kind === 'publish') await engine.publish(request.subject, request.data);
    else if (request.kind === 'subscribe') await subscribe(request.id, request.subject);
    else if (request.kind === 'unsubscribe') await unsubscribe(request.id);
  }

  async function subscribe(id: number, subject: string): Promise<void> {
    const subscribed = engine.subscribe(subject, (data) => reply({ id, data }));
    subscriptions.set(id, subscribed);
    await subscribed;
    reply({ id });
  }

  async function unsubscribe(id: number): Promise<void> {
    const subscription = await subscriptions.get(id);
    subscriptions.delete(id);
    await subscription?.[Symbol.asyncDispose]();
  }

  server.on('message', (request: Request) => void answer(request));
  server.once('disconnect', () => {
    for (const id of subscriptions.keys()) void unsubscribe(id);
  });
}
