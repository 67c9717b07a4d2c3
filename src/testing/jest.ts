/**
 * Adds the matchers to `expect` of jest. Import it in a set-up file.
 *
 * @module signalbox/testing/jest
 */
import { expect } from '@jest/globals';
import { signalMatchers } from './matchers.js';
import type { SignalMatchers } from './types.js';

expect.extend(signalMatchers);

declare module 'expect' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type, @typescript-eslint/no-unused-vars -- adds the matchers to those of jest
  interface Matchers<R extends void | Promise<void>, T = unknown> extends SignalMatchers<R> {}
}
declare global {
  /** @hidden */
  // eslint-disable-next-line @typescript-eslint/no-namespace -- the namespace of @types/jest
  namespace jest {
    // eslint-disable-next-line @typescript-eslint/no-empty-object-type, @typescript-eslint/no-unused-vars -- adds the matchers to those of @types/jest
    interface Matchers<R, T = {}> extends SignalMatchers<R> {}
  }
}
