import { jest } from '@jest/globals';
import type { SendOptions, SignalManager, SignalToken } from '../../src/index.js';

type Send = (manager: SignalManager, signal: SignalToken, options?: SendOptions) => unknown;

/** Every way to send, under a fake clock. */
export const verbs: [verb: string, send: Send][] = [
  ['send', (manager, signal, options = {}) => manager.send(signal, {}, options)],
  ['send with a timeout', (manager, signal, options) => manager.send(signal, {}, { timeoutMs: 50, ...options })],
  [
    'send with an abort signal',
    (manager, signal, options) => manager.send(signal, {}, { abortSignal: new AbortController().signal, ...options }),
  ],
  ['sendSerial', (manager, signal, options = {}) => manager.sendSerial(signal, {}, options)],
  ['sendSync', (manager, signal, options = {}) => manager.sendSync(signal, {}, options)],
  ['emit', (manager, signal, options = {}) => manager.emit(signal, {}, options)],
  [
    'emitAfter',
    (manager, signal, options = {}) => {
      manager.emitAfter(5, signal, {}, options);
      return jest.advanceTimersByTimeAsync(5);
    },
  ],
];
