import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { streamEvents } from '../../src/inspect/events.js';
import type { EventMessage } from '../../src/inspect/inspector-data.js';
import { FakeData, receiverRow, seenSend, signalRow } from './fake-data.js';

const EVERY_MS = 250;
const ordered = signalRow(1, 'ordered', { receivers: [receiverRow(2, 'pack')] });
const paid = signalRow(7, 'paid', { receivers: [receiverRow(8, 'post')] });

/** A client that has read all, until it stops reading. */
class Client extends Writable {
  /** Its connection. */
  readonly req = { socket: this };
  readonly text: string[] = [];
  #reading = true;
  #read: (() => void) | undefined;

  override _write(chunk: Buffer, _encoding: string, read: () => void): void {
    this.text.push(chunk.toString());
    if (this.#reading) read();
    else this.#read = read;
  }

  stopReading(): void {
    this.#reading = false;
  }

  readOn(): void {
    this.#reading = true;
    this.#read?.();
  }

  /** The messages since the last call. */
  take(): EventMessage[] {
    return this.text.splice(0).map((text) => {
      const [, json = ''] = /^data: (.*)\n\n$/.exec(text) ?? [];
      return JSON.parse(json) as EventMessage;
    });
  }
}

let data: FakeData;
let client: Client;

function open(signalId?: number): void {
  // Only what `streamEvents` uses of a response: it writes, and asks how much has not been read.
  streamEvents(client as unknown as ServerResponse, data, signalId, EVERY_MS);
}

/** Passes time, and the turns that a stream takes to write. */
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  jest.useFakeTimers();
  data = new FakeData();
  data.managers = [{ id: 1, name: 'shop', pending: 0 }];
  data.set(ordered, paid);
  client = new Client();
});

afterEach(() => {
  client.destroy();
  jest.useRealTimers();
});

const withoutReceivers = (row: typeof ordered) => ({ ...row, receivers: [] });
const summary = (messages: readonly EventMessage[]) =>
  messages.map((message) =>
    message.type === 'snapshot'
      ? ['snapshot', message.snapshot.signals.map(({ sends }) => sends)]
      : ['change', message.signals.map(({ sends }) => sends)],
  );

describe('the messages of /events (I11)', () => {
  it('begin with a snapshot, with the receivers of the chosen signal only', () => {
    open(7);
    const snapshot = { ...data.snapshot(), signals: [withoutReceivers(ordered), paid] };
    expect(client.take()).toEqual([{ type: 'snapshot', snapshot }]);
  });

  it('go on with what has changed', async () => {
    open(1);
    client.take();
    data.at += EVERY_MS;
    data.set({ ...paid, sends: 3 });
    data.remove(1);
    data.live = [seenSend(9, paid, { durationMs: null })];
    await pass(EVERY_MS);
    expect(client.take()).toEqual([
      {
        type: 'change',
        at: data.at,
        managers: data.managers,
        signals: [{ ...withoutReceivers(paid), sends: 3 }],
        gone: [1],
        peers: [],
        live: data.live,
      },
    ]);
  });

  it('come at most once per updateEveryMs, and only after a change', async () => {
    open();
    client.take();
    for (let sends = 1; sends <= 10; sends++) {
      data.set({ ...paid, sends });
      await pass(EVERY_MS / 5);
    }
    expect(summary(client.take())).toEqual([
      ['change', [5]],
      ['change', [10]],
    ]);
    await pass(EVERY_MS * 10);
    expect(client.take()).toEqual([]);
  });

  it('of a client that does not read are skipped, and a snapshot follows', async () => {
    open();
    client.take();
    client.stopReading();
    for (let sends = 1; sends <= 100; sends++) {
      data.set({ ...paid, sends });
      await pass(EVERY_MS);
    }
    // Nothing but the message that it has not read is held for it.
    expect(summary(client.take())).toEqual([['change', [1]]]);
    client.readOn();
    await pass(EVERY_MS);
    expect(summary(client.take())).toEqual([['snapshot', [0, 100]]]);
    data.set({ ...paid, sends: 101 });
    await pass(EVERY_MS);
    expect(summary(client.take())).toEqual([['change', [101]]]);
  });

  it('of a slow client that has missed nothing go on with changes', async () => {
    open();
    data.set({ ...paid, sends: 1 });
    client.stopReading();
    await pass(EVERY_MS * 10);
    client.readOn();
    await pass(EVERY_MS * 10);
    data.set({ ...paid, sends: 2 });
    await pass(EVERY_MS);
    expect(summary(client.take())).toEqual([
      ['snapshot', [0, 0]],
      ['change', [1]],
      ['change', [2]],
    ]);
  });
});

describe('the timer of a client (I22)', () => {
  it('ends with its connection', async () => {
    open();
    expect(jest.getTimerCount()).toBe(1);
    client.destroy();
    await pass(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('closes the connection, and no more, if the data fail', async () => {
    open();
    data.update = () => {
      throw new Error('a fault');
    };
    await pass(EVERY_MS);
    expect(client.destroyed).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });
});
