/**
 * The examples of aio_pydispatch's README (seed document 002), printing what its programs log: Python's
 * `logging.basicConfig(level=logging.INFO)` puts `INFO:root:` before a message.
 *
 * The document connects `start` to both signals and `stop` to none. It is a slip, and the example runs as it stands;
 * below it runs once more as it was meant.
 */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { SignalManager } from '../../src/index.js';
import { createPrinter, type Printer } from './python.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

interface Server {
  readonly printer: Printer;
  readonly signalManager: SignalManager;
  readonly serverStart: object;
  readonly serverStop: object;
  readonly start: (kwargs: { data: string }) => void;
  readonly stop: (kwargs: { data: string }) => void;
}

function createServer(): Server {
  const printer = createPrinter();
  const info = (message: string): void => printer.print(`INFO:root:${message}`);

  function start({ data }: { data: string }): void {
    // Do something when the server is started.
    info(`started. ${data}`);
  }

  function stop({ data }: { data: string }): void {
    // Do something when the server is stopped.
    info(`stopped. ${data}`);
  }

  return { printer, signalManager: new SignalManager(), serverStart: {}, serverStop: {}, start, stop };
}

async function run({ signalManager, serverStart, serverStop }: Server): Promise<void> {
  await signalManager.send(serverStart, { data: 'xxx' });
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  await signalManager.send(serverStop, { data: 'xxx' });
}

describe('aio_pydispatch: all the code', () => {
  it('logs what the program as it stands logs', async () => {
    const server = createServer();
    server.signalManager.connect(server.start, server.serverStart);
    server.signalManager.connect(server.start, server.serverStop);

    const running = run(server);
    await jest.advanceTimersByTimeAsync(5_000);
    await running;

    expect(server.printer.lines).toEqual(['INFO:root:started. xxx', 'INFO:root:started. xxx']);
  });

  it('logs the start, and five seconds later the stop, when `stop` is connected to the stop', async () => {
    const server = createServer();
    server.signalManager.connect(server.start, server.serverStart);
    server.signalManager.connect(server.stop, server.serverStop);

    const running = run(server);
    await jest.advanceTimersByTimeAsync(4_999);
    expect(server.printer.lines).toEqual(['INFO:root:started. xxx']);

    await jest.advanceTimersByTimeAsync(1);
    await running;
    expect(server.printer.lines).toEqual(['INFO:root:started. xxx', 'INFO:root:stopped. xxx']);
  });
});
