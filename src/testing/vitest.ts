/**
 * Adds the matchers to `expect` of vitest. Import it in a set-up file.
 *
 * @module signalbox/testing/vitest
 */
import { expect } from 'vitest';
import { signalMatchers } from './matchers.js';
import type { SignalMatchers } from './types.js';

expect.extend(signalMatchers);

declare module 'vitest' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type, @typescript-eslint/no-explicit-any -- adds the matchers to those of vitest
  interface Matchers<T = any> extends SignalMatchers<T> {}
}
