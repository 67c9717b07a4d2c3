// Never run: what must compile and what must not, checked by `npm run types`.
/* eslint-disable @typescript-eslint/no-unused-vars -- most names are here to have their types looked at */
import {
  BusShutdownError,
  type Injected,
  type InjectedFunction,
  type PayloadOf,
  SignalBus,
  topic,
  type TopicToken,
} from '../../src/bus/index.js';
import { Signal, SignalManager } from '../../src/index.js';
import { check, type Equal } from './equal.js';

interface Row {
  readonly id: number;
  readonly value: string;
}
const bus = new SignalBus({ name: 'shop', manager: new SignalManager(), shutdownTimeoutMs: Infinity, onError: null });
const rows = topic<Row[]>('rows');
const row = new Signal<{ payload: Row }>({ name: 'row' });

// Topics carry their payload's type.
check<Equal<typeof rows, TopicToken<Row[]>>>();
check<Equal<PayloadOf<typeof rows>, Row[]>>();
check<Equal<PayloadOf<typeof row>, Row>>();
check<Equal<PayloadOf<'rows'>, any>>(); // eslint-disable-line @typescript-eslint/no-explicit-any -- what a name carries
check<Equal<PayloadOf<Signal>, any>>(); // eslint-disable-line @typescript-eslint/no-explicit-any -- as above
// @ts-expect-error a topic has a name
topic<Row[]>();
// @ts-expect-error a number is no topic
void bus.publish(5, 1);

// Publishing.
void bus.publish(rows, [{ id: 1, value: 'cats' }]);
void bus.publish(row, { id: 1, value: 'cats' });
void bus.publish('any name', 5);
// @ts-expect-error one row is no list of them
void bus.publish(rows, { id: 1, value: 'cats' });
// @ts-expect-error the id is a number
void bus.publish(row, { id: '1', value: 'cats' });
// @ts-expect-error a payload is missing
void bus.publish(rows);

// Publishers.
const fetchRows = bus.publisher(rows, async (url: string): Promise<Row[]> => [{ id: url.length, value: url }]);
check<Equal<typeof fetchRows, (url: string) => Promise<Row[]>>>();
const fetchSync = bus.publisher(rows, () => [{ id: 1, value: 'cats' }]);
check<Equal<ReturnType<typeof fetchSync>, Promise<{ id: number; value: string }[]>>>();
// @ts-expect-error it returns what the topic does not carry
bus.publisher(rows, async () => 'cats');
// @ts-expect-error nor undefined
bus.publisher(rows, () => undefined);

// Subscribers.
const count = bus.subscriber(rows, (data) => data.length);
check<Equal<typeof count, (payload: Row[]) => number>>();
bus.subscriber(row, ({ id }) => id.toFixed(), { concurrency: 1, limit: 10, overflow: 'drop-oldest' });
bus.batchSubscriber(row, (batch) => batch.map(({ value }) => value.toUpperCase()), { maxItems: 5, maxWaitMs: 10 });
// @ts-expect-error it takes something else
bus.subscriber(rows, (data: string) => data);
// @ts-expect-error a batch is a list
bus.batchSubscriber(row, (one: Row) => one);
// @ts-expect-error an option nobody knows
bus.subscriber(rows, () => undefined, { concurency: 1 });
// @ts-expect-error an overflow nobody knows
bus.subscriber(rows, () => undefined, { overflow: 'drop' });
// @ts-expect-error batches are for batchSubscriber
bus.subscriber(rows, () => undefined, { maxItems: 5 });

// Injection.
const factories = { url: async () => 'http://localhost', retries: () => 3 };
check<Equal<Injected<typeof factories>, { url: string; retries: number }>>();
const get = bus.inject(factories, async ({ url, retries }, path: string) => [url, retries, path] as const);
check<Equal<Parameters<typeof get>, [path: string]>>();
check<Equal<ReturnType<typeof get>, Promise<readonly [string, number, string]>>>();
const given = get.with({ url: 'http://localhost' });
check<Equal<ReturnType<typeof given>, ReturnType<typeof get>>>();
const pool = bus.inject({ url: () => 'db://' }, async ({ url }) => ({ url }), { scope: 'bus' });
const query = bus.inject({ pool }, ({ pool: { url } }, text: string) => [url, text]);
check<Equal<typeof query, InjectedFunction<{ pool: typeof pool }, [text: string], string[]>>>();
// @ts-expect-error the injected argument is not the caller's
void get({ url: '', retries: 1 }, 'path');
// @ts-expect-error a value of the wrong type
get.with({ retries: '3' });
// @ts-expect-error a value that nobody takes
get.with({ ulr: '' });
// @ts-expect-error a name that no factory makes
bus.inject(factories, ({ uri }) => undefined);
// @ts-expect-error a scope nobody knows
bus.inject(factories, () => undefined, { scope: 'app' });

// Nested: periodic task, publisher, injected values.
const feed = bus.periodicTask(
  { periodMs: 1_000 },
  bus.publisher(
    rows,
    bus.inject(factories, async ({ url }): Promise<Row[]> => [{ id: 0, value: url }]),
  ),
);
check<Equal<typeof feed, () => Promise<Row[]>>>();
bus.publisher(
  rows,
  // @ts-expect-error it returns what the topic does not carry
  bus.inject(factories, async ({ url }) => url),
);
bus.subscriber(
  rows,
  bus.inject(factories, ({ url }, data: Row[]) => [url, data]),
);
bus.subscriber(
  rows,
  // @ts-expect-error it takes something else
  bus.inject(factories, ({ url }, data: string) => [url, data]),
);
// @ts-expect-error nobody gives arguments to a task
bus.periodicTask({ periodMs: 1_000 }, (url: string) => url);
const task = bus.periodicTask(() => 1, { periodMs: 1_000, abortSignal: undefined });
check<Equal<typeof task, () => number>>();
// @ts-expect-error time has a unit
bus.periodicTask({ period: 1_000 }, () => undefined);

// Decorators: functions and methods keep their type.
const decorated = bus.subscriber('rows')((data: Row[]) => data.length);
check<Equal<typeof decorated, (data: Row[]) => number>>();
export class Store {
  @bus.subscriber(rows, { concurrency: 1 })
  add(data: Row[]): number {
    return data.length;
  }
  @bus.batchSubscriber(row, { maxItems: 5 })
  async addMany(batch: Row[]): Promise<void> {
    await this.#flush(batch);
  }
  @bus.periodicTask({ periodMs: 10 })
  @bus.publisher(rows)
  @bus.inject(factories)
  async fetch(_injected: Injected<typeof factories>): Promise<Row[]> {
    return [];
  }
  @bus.publisher(rows)
  async #flush(batch: Row[]): Promise<Row[]> {
    return batch;
  }
  // @ts-expect-error a field is no method
  @bus.subscriber(rows)
  field = 5;
}

// Injection into methods, which keep their type whatever else they take.
const mailer = { mailer: () => ({ mail: (text: string) => text.length }) };
export class Feed {
  @bus.subscriber(rows)
  @bus.inject(factories)
  async store({ url }: { url: string }, data: Row[]): Promise<number> {
    return url.length + data.length;
  }
  @bus.subscriber(rows)
  @bus.inject(factories, { scope: 'bus' })
  log({ url }: { url: string }, data: Row[]): void {
    console.log(url, data);
  }
  @bus.inject(factories)
  @bus.inject(mailer)
  async report(
    { mailer: { mail } }: Injected<typeof mailer>,
    { url }: { url: string },
    title: string,
  ): Promise<number> {
    return mail(url + title);
  }
  @bus.inject(factories)
  async optional(injected?: { readonly retries: number }): Promise<number | undefined> {
    return injected?.retries;
  }
  @bus.inject(factories)
  async unused(): Promise<number> {
    return 5;
  }
  @bus.inject(factories)
  static async find<T extends Row>({ url }: { url: string }, data: readonly T[]): Promise<T | undefined> {
    return data.find(({ value }) => value === url);
  }
  // @ts-expect-error the values come first
  @bus.inject(factories)
  async swapped(data: number[], { url }: { readonly url: string }): Promise<unknown> {
    return [data, url];
  }
  // @ts-expect-error the values come first
  @bus.inject(factories)
  async last(title: string, injected: object): Promise<unknown> {
    return [title, injected];
  }
  // @ts-expect-error it returns a promise when it is injected into
  @bus.inject(factories)
  sync({ url }: { url: string }, data: Row[]): number {
    return url.length + data.length;
  }
  // @ts-expect-error a value of the wrong type
  @bus.inject(factories)
  async wrong({ url }: { url: number }, data: Row[]): Promise<number> {
    return url + data.length;
  }
  // @ts-expect-error a name that no factory makes
  @bus.inject(factories)
  async unknown({ uri }: { uri: string }, data: Row[]): Promise<number> {
    return uri.length + data.length;
  }
}
check<Equal<ReturnType<Feed['report']>, Promise<number>>>();
const plainly = bus.inject(factories)(async ({ url }, path: string) => url + path);
check<Equal<typeof plainly, InjectedFunction<typeof factories, [path: string], string>>>();

// The rest of the bus.
check<Equal<typeof bus.running, boolean>>();
check<Equal<ReturnType<typeof bus.connect>, SignalBus>>();
export async function blocks(): Promise<void> {
  await using own = new SignalBus();
  const result = await own.run(async () => 5);
  check<Equal<typeof result, number>>();
  await own.stop({ timeoutMs: 10 }).catch((error: unknown) => {
    if (error instanceof BusShutdownError)
      check<Equal<(typeof error.undelivered)[number]['payloads'], readonly unknown[]>>();
  });
}
// @ts-expect-error whether it runs is asked, not told
bus.running = true;
// @ts-expect-error time has a unit
void bus.stop({ timeout: 10 });
// @ts-expect-error a name is no bus
bus.connect('bus');
// @ts-expect-error a body is a function
void bus.run('body');
// @ts-expect-error an option nobody knows
new SignalBus({ onerror: null });
