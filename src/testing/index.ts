/**
 * Records what is sent, waits until it is handled, and keeps tests apart.
 *
 * @module signalbox/testing
 */
export { assertNotSent, assertSent, assertSentInOrder, assertSentTimes } from './assertions.js';
export { isolateSharedManager } from './isolate.js';
export { signalMatchers } from './matchers.js';
export { record, silence } from './record.js';
export type {
  AsymmetricMatcher,
  MatcherResult,
  Partially,
  RecordedFailure,
  RecordedSend,
  Recording,
  Result,
  SignalMatchers,
  SilenceOptions,
} from './types.js';
