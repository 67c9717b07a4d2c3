import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as signalbox from '../src/index.js';
import { errorOf, flush, rejectionOf } from './helpers/promises.js';
import { rejected } from './helpers/results.js';

const { Signal, SignalManager } = signalbox;

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(async () => {
  jest.useRealTimers();
  await flush();
});

function makeBusy() {
  const manager = new SignalManager({ onError: null, name: 'app' });
  const signal = new Signal({ manager, name: 'serverStart' });
  async function openDatabase(): Promise<void> {
    await new Promise(() => undefined);
  }
  signal.connect(openDatabase);
  return { manager, signal };
}

async function reasonOf(sent: PromiseLike<readonly signalbox.SendResult[]>): Promise<unknown> {
  await jest.advanceTimersByTimeAsync(100);
  return signalbox.failures(await sent)[0]?.reason;
}

type Make = (busy: ReturnType<typeof makeBusy>) => unknown;
const errors: [
  name: Extract<keyof typeof signalbox, `${string}Error`>,
  code: string,
  facts: object,
  named: string[],
  make: Make,
][] = [
  [
    'ReceiverTimeoutError',
    'ERR_RECEIVER_TIMEOUT',
    { timeoutMs: 100 },
    ['100'],
    ({ signal }) => reasonOf(signal.send({}, { timeoutMs: 100 })),
  ],
  [
    'AsyncReceiverError',
    'ERR_ASYNC_RECEIVER',
    {},
    [],
    ({ signal }) => signalbox.failures(signal.sendSync())[0]?.reason,
  ],
  [
    'WaitTimeoutError',
    'ERR_WAIT_TIMEOUT',
    { timeoutMs: 100 },
    ['serverStart', '100'],
    async ({ signal }) => {
      const waiting = rejectionOf(signal.wait({ timeoutMs: 100 }));
      await jest.advanceTimersByTimeAsync(100);
      return waiting;
    },
  ],
  [
    'WaitRejectedError',
    'ERR_WAIT_REJECTED',
    { kwargs: { error: new Error('refused') }, cause: new Error('refused') },
    ['serverStart', 'serverFailed'],
    ({ signal, manager }) => {
      const serverFailed = new Signal<{ error: Error }>({ manager, name: 'serverFailed' });
      const waiting = rejectionOf(signal.wait({ rejectOn: serverFailed }));
      serverFailed.emit({ error: new Error('refused') });
      return waiting;
    },
  ],
  [
    'StreamOverflowError',
    'ERR_STREAM_OVERFLOW',
    { limit: 1 },
    [],
    ({ signal }) => {
      const stream = signal.stream({ limit: 1 });
      for (let i = 0; i < 3; i++) signal.emit();
      return rejectionOf(stream.next().then(() => stream.next()));
    },
  ],
  [
    'DrainTimeoutError',
    'ERR_DRAIN_TIMEOUT',
    { timeoutMs: 100, pending: [expect.stringContaining('openDatabase')] },
    ['openDatabase', '100'],
    async ({ signal, manager }) => {
      signal.emit();
      const draining = rejectionOf(manager.drain({ timeoutMs: 100 }));
      await jest.advanceTimersByTimeAsync(100);
      return draining;
    },
  ],
  [
    'ManagerClosedError',
    'ERR_MANAGER_CLOSED',
    {},
    [],
    async ({ signal, manager }) => {
      await manager.close();
      return errorOf(() => signal.emit());
    },
  ],
  [
    'SendDepthError',
    'ERR_SEND_DEPTH',
    { signals: ['"serverStart"'], depth: 501 },
    ['serverStart', '501'],
    ({ signal }) => {
      signal.connect(() => signal.emit());
      return errorOf(() => signal.emit());
    },
  ],
  [
    'ReceiversFailedError',
    'ERR_RECEIVERS_FAILED',
    { errors: [new Error('no')], failures: [rejected(errorOf, new Error('no'))] },
    [],
    () => errorOf(() => signalbox.values([rejected(errorOf as never, new Error('no'))])),
  ],
];

describe.each(errors)('%s', (name, code, facts, named, make) => {
  it(`is an Error with its literal name, the code ${code}, its facts as fields, and a message`, async () => {
    const error = await make(makeBusy());
    expect(error).toBeInstanceOf(signalbox[name]);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name, code, ...facts });
    const { message } = error as Error;
    expect(message).not.toBe('');
    for (const word of named) expect(message).toContain(word);
    expect(String(error)).toBe(`${name}: ${message}`);
  });

  it('is told from the others by its class', async () => {
    const error = await make(makeBusy());
    const classes = errors.map(([other]) => other).filter((other) => error instanceof signalbox[other]);
    expect(classes).toEqual([name]);
  });
});

describe('the error classes', () => {
  it('are all told apart by their codes', () => {
    expect(new Set(errors.map(([, code]) => code)).size).toBe(errors.length);
  });
});
