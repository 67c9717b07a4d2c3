/**
 * The examples of asyncio-signal-bus's project description (seed document 004). Names in full apart, each program is the
 * document's. It does not show what they print; here that is what the programs say, in the order that the bus promises:
 * each subscriber gets the payloads in the order they were published, and subscribers are called as they subscribed.
 */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { SignalBus } from '../../src/bus/index.js';
import { createPrinter } from './python.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const sleep = (delayMs: number) => new Promise<void>((resolve) => setTimeout(resolve, delayMs));

/** Lets a program run for as long as it takes, by the fake clock. */
async function runProgram(main: () => Promise<unknown>, durationMs: number): Promise<void> {
  const done = main();
  await jest.advanceTimersByTimeAsync(durationMs);
  await done;
}

describe('asyncio-signal-bus: usage', () => {
  interface Message {
    readonly message: string;
  }
  const inputs = Array.from({ length: 10 }, (_, i) => `message:${i}`);
  const printed = [
    ...inputs.map((message) => `publishing {"message":"${message}"}`),
    ...inputs.flatMap((message) => [
      `foo subscriber 0 received {"message":"${message}"}`,
      `foo subscriber 1 received {"message":"${message}"}`,
    ]),
  ];

  it('publishes what a publisher returns to every subscriber', async () => {
    const { print, lines } = createPrinter();
    const bus = new SignalBus();

    const fooPublisher = bus.publisher('foo', async (arg: string) => {
      const signal = { message: arg };
      print(`publishing ${JSON.stringify(signal)}`);
      await sleep(1_000);
      return signal;
    });

    bus.subscriber('foo', async (signal: Message) => print(`foo subscriber 0 received ${JSON.stringify(signal)}`));
    bus.subscriber('foo', async (signal: Message) => print(`foo subscriber 1 received ${JSON.stringify(signal)}`));

    await runProgram(() => bus.run(() => Promise.all(inputs.map(fooPublisher))), 1_000);

    expect(lines).toEqual(printed);
  });

  it('the same by decorators', async () => {
    const { print, lines } = createPrinter();
    const bus = new SignalBus();

    class Foo {
      @bus.publisher('foo')
      async publish(arg: string): Promise<Message> {
        const signal = { message: arg };
        print(`publishing ${JSON.stringify(signal)}`);
        await sleep(1_000);
        return signal;
      }

      @bus.subscriber('foo')
      async receive0(signal: Message): Promise<void> {
        print(`foo subscriber 0 received ${JSON.stringify(signal)}`);
      }

      @bus.subscriber('foo')
      async receive1(signal: Message): Promise<void> {
        print(`foo subscriber 1 received ${JSON.stringify(signal)}`);
      }
    }

    const foo = new Foo();
    await runProgram(() => bus.run(() => Promise.all(inputs.map((arg) => foo.publish(arg)))), 1_000);

    expect(lines).toEqual(printed);
  });

  it('strings publishers and subscribers together in any way', async () => {
    const { print, lines } = createPrinter();
    const bus = new SignalBus();
    const shout = bus.publisher('loud', (text: string) => text.toUpperCase());
    bus.subscriber('quiet', shout);
    bus.subscriber('loud', (text: string) => print(text));

    await bus.run(() => bus.publish('quiet', 'hello'));

    expect(lines).toEqual(['HELLO']);
  });
});

describe('asyncio-signal-bus: dependency injection', () => {
  it('prints "hello from Frank"', async () => {
    const { print, lines } = createPrinter();
    const bus = new SignalBus();

    const generateGreeting = bus.publisher('greeting', async (arg: string) => arg);

    async function nameFactory(): Promise<string> {
      return 'Frank';
    }

    bus.subscriber(
      'greeting',
      bus.inject({ name: nameFactory }, async ({ name }, greeting: string) => print(`${greeting} from ${name}`)),
    );

    await bus.run(() => generateGreeting('hello'));

    expect(lines).toEqual(['hello from Frank']);
  });
});

describe('asyncio-signal-bus: periodic tasks', () => {
  it('prints "foo" at once and every half second, for two seconds', async () => {
    const { print, lines } = createPrinter();
    const bus = new SignalBus();

    bus.periodicTask({ periodMs: 500 }, async function printFoos() {
      print('foo');
    });

    await runProgram(() => bus.run(() => sleep(1_999)), 1_999);

    expect(lines).toEqual(['foo', 'foo', 'foo', 'foo']);
  });

  it('the same by a decorator', async () => {
    const { print, lines } = createPrinter();
    const bus = new SignalBus();

    class Foos {
      @bus.periodicTask({ periodMs: 500 })
      async print(): Promise<void> {
        print('foo');
      }
    }

    new Foos();
    await runProgram(() => bus.run(() => sleep(1_999)), 1_999);

    expect(lines).toEqual(['foo', 'foo', 'foo', 'foo']);
  });

  it('waits for the run in hand when the application shuts down, and starts no other', async () => {
    const { print, lines } = createPrinter();
    const bus = new SignalBus();

    bus.periodicTask({ periodMs: 500 }, async function printFoos() {
      print('start');
      await sleep(1_000);
      print('end');
    });

    await runProgram(() => bus.run(() => sleep(200)), 5_000);

    expect(lines).toEqual(['start', 'end']);
  });
});

describe('asyncio-signal-bus: periodic tasks as publishers', () => {
  interface Row {
    readonly id: number;
    readonly value: string;
  }
  const rows: readonly Row[] = [
    { id: 0, value: 'cats' },
    { id: 1, value: 'dogs' },
  ];
  const environment: Readonly<Record<string, string>> = { URL: 'http://localhost/feed', SECRET: 'secret' };
  const getUrl = async (): Promise<string | undefined> => environment['URL'];
  const getSecret = async (): Promise<string | undefined> => environment['SECRET'];
  /** One run: both subscribers are called with the same rows. */
  const printedPerRun = ['CATS', 'DOGS', '1', '2'];

  it('fetches data every second, with injected url and secret, and gives it to the subscribers', async () => {
    const { print, lines } = createPrinter();
    const bus = new SignalBus();
    const used: unknown[] = [];

    bus.periodicTask(
      { periodMs: 1_000 },
      bus.publisher(
        'new-data',
        bus.inject({ url: getUrl, secret: getSecret }, async function getData({ url, secret }) {
          used.push([url, secret]);
          return rows;
        }),
      ),
    );

    bus.subscriber('new-data', async function processValues(data: readonly Row[]) {
      for (const row of data) print(row.value.toUpperCase());
    });

    bus.subscriber('new-data', async function processIds(data: readonly Row[]) {
      for (const row of data) print(row.id + 1);
    });

    await runProgram(() => bus.run(() => sleep(4_999)), 4_999);

    expect(lines).toEqual(Array.from({ length: 5 }, () => printedPerRun).flat());
    expect(used).toEqual(Array.from({ length: 5 }, () => ['http://localhost/feed', 'secret']));
  });

  it('the same by decorators', async () => {
    const { print, lines } = createPrinter();
    const bus = new SignalBus();

    class Feed {
      @bus.periodicTask({ periodMs: 1_000 })
      @bus.publisher('new-data')
      @bus.inject({ url: getUrl, secret: getSecret })
      async getData(_injected: { url: string | undefined; secret: string | undefined }): Promise<readonly Row[]> {
        return rows;
      }

      @bus.subscriber('new-data')
      async processValues(data: readonly Row[]): Promise<void> {
        for (const row of data) print(row.value.toUpperCase());
      }

      @bus.subscriber('new-data')
      async processIds(data: readonly Row[]): Promise<void> {
        for (const row of data) print(row.id + 1);
      }
    }

    new Feed();
    await runProgram(() => bus.run(() => sleep(4_999)), 4_999);

    expect(lines).toEqual(Array.from({ length: 5 }, () => printedPerRun).flat());
  });
});
