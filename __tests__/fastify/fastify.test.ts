import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type FastifyInstance, fastify } from 'fastify';
import { SignalManager } from '../../src/index.js';
import { type FastifySignalsOptions, fastifySignals } from '../../src/fastify/index.js';
import { Lifecycle } from '../../src/lifecycle/index.js';
import { errorOf, rejectionOf } from '../helpers/promises.js';

const apps: FastifyInstance[] = [];

async function started(options: FastifySignalsOptions = {}): Promise<FastifyInstance> {
  const app = fastify();
  apps.push(app);
  await app.register(fastifySignals, options);
  app.get('/books/:id', async () => 'a book');
  app.get('/broken', async () => {
    throw new Error('no');
  });
  return app;
}

/** Requests a path over HTTP, and waits until `responded` has been sent. */
async function statusOf(app: FastifyInstance, path: string): Promise<number> {
  const responded = app.signals.responded.wait();
  const { status } = await fetch(`${app.listeningOrigin}${path}`);
  await responded;
  return status;
}

const listen = (app: FastifyInstance) => app.listen({ port: 0, host: '127.0.0.1' });

afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())));

describe('signalbox/fastify', () => {
  it('sends ready before the app listens, and awaits its receivers', async () => {
    const app = await started();
    const order: string[] = [];
    app.signals.ready.connect(async ({ app: given }) => {
      await Promise.resolve();
      order.push(`ready ${given === app}`);
    });
    await listen(app);
    order.push('listening');
    expect(order).toEqual(['ready true', 'listening']);
  });

  it('sends responded after each response, with the route as key', async () => {
    const app = await started();
    const [all, books] = [jest.fn(), jest.fn()];
    app.signals.responded.connect(({ request, reply }) => all(request.url, reply.statusCode));
    app.signals.responded.connect(books, { key: '/books/:id' });
    await listen(app);
    for (const url of ['/books/7', '/broken', '/missing']) await statusOf(app, url);
    expect(all.mock.calls).toEqual([
      ['/books/7', 200],
      ['/broken', 500],
      ['/missing', 404],
    ]);
    expect(books).toHaveBeenCalledTimes(1);
  });

  it('sends failed with the error, and its receivers do not change the response', async () => {
    const app = await started({ manager: new SignalManager({ onError: null }) });
    const seen = jest.fn();
    app.signals.failed.connect(({ request, error }) => {
      seen(request.url, error.message);
      throw new Error('a failing receiver');
    });
    await listen(app);
    expect(await statusOf(app, '/broken')).toBe(500);
    expect(seen.mock.calls).toEqual([['/broken', 'no']]);
  });

  it('is there for plugins of the app', async () => {
    const app = await started();
    await app.register(async (child) => {
      expect(child.signals).toBe(app.signals);
    });
  });

  it('sends closing in reverse order, one receiver at a time, then closes its own manager', async () => {
    const app = await started();
    await app.ready();
    const order: string[] = [];
    for (const name of ['database', 'cache']) {
      app.signals.closing.connect(async () => {
        order.push(`closing ${name}`);
        await Promise.resolve();
        order.push(`closed ${name}`);
      });
    }
    const { manager } = app.signals;
    await app.close();
    expect(order).toEqual(['closing cache', 'closed cache', 'closing database', 'closed database']);
    expect(errorOf(() => manager.emit(Symbol('late')))).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
  });

  it('leaves a manager that it is given open', async () => {
    const manager = new SignalManager();
    const app = await started({ manager });
    await app.ready();
    await app.close();
    manager.emit(Symbol('late'));
    expect(app.signals.manager).toBe(manager);
  });

  it('is closed by a Lifecycle', async () => {
    const lifecycle = new Lifecycle();
    const app = await started({ lifecycle });
    const closing = jest.fn();
    app.signals.closing.connect(closing);
    await lifecycle.start();
    await app.ready();
    expect(closing).not.toHaveBeenCalled();
    await lifecycle.stop();
    expect(closing).toHaveBeenCalledTimes(1);
    await app.close();
  });

  it.each([
    [{ manger: 1 }, 'Unknown option `manger` of fastifySignals'],
    [{ manager: {} }, 'Expected `manager` to be a SignalManager, got object'],
    [{ lifecycle: {} }, 'Expected `lifecycle` to be a Lifecycle, got object'],
    [{ lifecycle: null }, 'Expected `lifecycle` to be a Lifecycle, got null'],
  ])('refuses %j', async (options, message) => {
    const app = fastify();
    const error = await rejectionOf(Promise.resolve(app.register(fastifySignals, options as never)));
    expect((error as Error).message).toContain(message);
  });
});
