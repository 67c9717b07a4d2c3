/**
 * The table "coming from Django and blinker", row by row: what is called how here, and what is better. `@receiver` is
 * `connectVia`, shown in coming-from-aio-pydispatch.test.ts.
 */
import { describe, expect, it, jest } from '@jest/globals';

import {
  RECEIVER_CONNECTED,
  RECEIVER_DISCONNECTED,
  ReceiversFailedError,
  SignalManager,
  values,
} from '../../src/index.js';
import { flush } from '../helpers/promises.js';
import { callList, fulfilled, rejected } from '../helpers/results.js';

describe("Django's dispatch_uid, send_robust, asend, has_listeners → uid, sendSync, send, hasReceivers", () => {
  it('connects once for one uid (R3)', async () => {
    const manager = new SignalManager();
    const signal = {};
    const { calls, receiver } = callList();
    manager.connect(receiver('first import'), signal, { uid: 'billing' });
    manager.connect(receiver('second import'), signal, { uid: 'billing' });

    await manager.send(signal);

    expect(calls).toEqual(['first import']);
  });

  it('goes on when a receiver fails, as send_robust does, and returns the error', () => {
    const manager = new SignalManager({ onError: null });
    const signal = {};
    const error = new Error('not today');
    const failing = (): never => {
      throw error;
    };
    const next = (): string => 'called';
    manager.connect(failing, signal);
    manager.connect(next, signal);

    expect(manager.sendSync(signal)).toEqual([rejected(failing, error), fulfilled(next, 'called')]);
  });

  it('gathers what async receivers resolve with, as asend does (R13)', async () => {
    const manager = new SignalManager();
    const signal = {};
    const later = async (): Promise<string> => 'later';
    manager.connect(later, signal);

    expect(await manager.send(signal)).toEqual([fulfilled(later, 'later')]);
  });

  it('says whether a send would call anybody (R24)', () => {
    const manager = new SignalManager();
    const signal = {};
    manager.connect(() => undefined, signal, { sender: 'web' });

    expect(manager.hasReceivers(signal)).toBe(false);
    expect(manager.hasReceivers(signal, { sender: 'web' })).toBe(true);
  });
});

describe('what differs from Django', () => {
  const signal = {};
  const fail = (): never => {
    throw new Error('not today');
  };

  it('`values` throws as send and asend do, when all receivers have been called (R13)', async () => {
    const manager = new SignalManager({ onError: null });
    const { calls, receiver } = callList();
    manager.connect(fail, signal);
    manager.connect(receiver('next'), signal);

    expect(() => values(manager.sendSync(signal))).toThrow(ReceiversFailedError);
    await expect(manager.send(signal).then(values)).rejects.toThrow(ReceiversFailedError);
    expect(calls).toEqual(['next', 'next']);
  });

  it('a uid is unique for the signal, not for each sender: filters add up (R3)', async () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    manager.connect(receiver('first'), signal, { uid: 'billing', sender: 'web' });
    manager.connect(receiver('second'), signal, { uid: 'billing', sender: 'mail' });

    await manager.send(signal, {}, { sender: 'web' });
    await manager.send(signal, {}, { sender: 'mail' });

    expect(calls).toEqual(['first', 'first']);
  });

  it('`null` is a sender, not "any sender" (R6)', async () => {
    const manager = new SignalManager();
    const { calls, receiver } = callList();
    manager.connect(receiver('null'), signal, { sender: null });

    await manager.send(signal, {}, { sender: 'web' });
    await manager.send(signal);
    expect(calls).toEqual([]);

    await manager.send(signal, {}, { sender: null });
    expect(calls).toEqual(['null']);
  });

  it('`disconnect` without a sender removes the connections of all senders', () => {
    const manager = new SignalManager();
    const receiver = (): void => undefined;
    manager.connect(receiver, signal, { sender: 'web' });
    manager.connect(receiver, signal, { sender: 'mail' });

    expect(manager.disconnect(receiver, signal, { sender: 'web' })).toBe(true);
    expect(manager.hasReceivers(signal, { sender: 'mail' })).toBe(true);
    manager.connect(receiver, signal, { sender: 'web' });
    expect(manager.disconnect(receiver, signal)).toBe(true);
    expect(manager.hasReceivers(signal, { senders: ['web', 'mail'] })).toBe(false);
  });

  it('@receiver([a, b]) is one connection to both signals (N1)', async () => {
    const manager = new SignalManager();
    const [a, b] = [{}, {}];
    const receiver = jest.fn();
    const connection = manager.connect(receiver, [a, b]);

    await manager.send(a);
    await manager.send(b);
    expect(receiver).toHaveBeenCalledTimes(2);

    connection.disconnect();
    expect([manager.hasReceivers(a), manager.hasReceivers(b)]).toEqual([false, false]);
  });
});

describe("blinker's connected_to, muted, receivers_for, receiver_connected → using, mute, receivers, RECEIVER_CONNECTED", () => {
  it('connects for the length of a block, and takes away no other connection of the receiver (R3)', async () => {
    const manager = new SignalManager();
    const signal = {};
    const receiver = jest.fn();
    manager.connect(receiver, signal, { sender: 'web' });
    {
      using connection = manager.connect(receiver, signal);
      await manager.send(signal);
      expect(connection.connected).toBe(true);
    }

    await manager.send(signal);
    expect(receiver).toHaveBeenCalledTimes(1);
    expect(manager.receivers(signal, { sender: 'web' })).toEqual([receiver]);
  });

  it('mutes for the length of a block, and nests (R24)', async () => {
    const manager = new SignalManager();
    const signal = {};
    const { calls, receiver } = callList();
    manager.connect(receiver('called'), signal);
    {
      using _outer = manager.mute(signal);
      {
        using _inner = manager.mute(signal);
      }
      expect(await manager.send(signal)).toEqual([]);
    }

    await manager.send(signal);

    expect(calls).toEqual(['called']);
  });

  it('lists whom a send would call', () => {
    const manager = new SignalManager();
    const signal = {};
    const { receiver } = callList();
    const [everybody, web, mail] = [receiver('everybody'), receiver('web'), receiver('mail')];
    manager.connect(everybody, signal);
    manager.connect(web, signal, { sender: 'web' });
    manager.connect(mail, signal, { sender: 'mail' });

    expect(manager.receivers(signal, { sender: 'mail' })).toEqual([everybody, mail]);
  });

  it('sends a signal when a receiver connects or disconnects (R18)', async () => {
    const manager = new SignalManager();
    const signal = {};
    const changes: unknown[] = [];
    manager.connect(({ connection }) => changes.push(['connected', connection]), RECEIVER_CONNECTED);
    manager.connect(({ connection }) => changes.push(['disconnected', connection]), RECEIVER_DISCONNECTED);

    const connection = manager.connect(() => undefined, signal);
    connection.disconnect();
    await flush();

    expect(changes).toEqual([
      ['connected', connection],
      ['disconnected', connection],
    ]);
  });
});
