import { nodeModule } from '../internal/runtime.js';
import { LONGEST_MS } from '../internal/timer.js';

/** The functions of the host, taken when this module loads: before a test installs a fake clock. */
interface RealHost {
  readonly setTimeout: (callback: () => void, delayMs: number) => unknown;
  readonly clearTimeout: (timer: unknown) => void;
  readonly setImmediate?: (callback: () => void) => unknown;
  readonly MessageChannel?: (typeof globalThis)['MessageChannel'];
  readonly AbortSignal: (typeof globalThis)['AbortSignal'];
}

const host = globalThis as unknown as RealHost;
const { setTimeout, clearTimeout, MessageChannel, AbortSignal } = host;
// The environment jsdom of jest has neither `setImmediate` nor `MessageChannel`.
const { setImmediate } = host.setImmediate ? host : ((nodeModule('node:timers') ?? {}) as Partial<RealHost>);

/** Whether a function belongs to a fake clock that was installed before this module loaded. */
function isFake(fn: object): boolean {
  return 'clock' in fn;
}

/** Lets the event loop turn once, whatever clock a test has installed. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (setImmediate !== undefined && !isFake(setImmediate)) {
      setImmediate(resolve);
    } else if (MessageChannel === undefined) {
      setTimeout(resolve, 0);
    } else {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(undefined);
    }
  });
}

/** Calls back after a real time. @returns What stops the timer. */
export function afterRealTime(delayMs: number, callback: () => void): () => void {
  if (delayMs > LONGEST_MS) return () => undefined;
  if (!isFake(setTimeout)) {
    const timer = setTimeout(callback, delayMs);
    return () => {
      clearTimeout(timer);
    };
  }
  const late = AbortSignal.timeout(Math.ceil(delayMs)); // whole numbers only
  late.addEventListener('abort', callback);
  return () => {
    late.removeEventListener('abort', callback);
  };
}
