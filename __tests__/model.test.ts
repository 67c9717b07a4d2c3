import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { play } from './helpers/model-play.js';
import { sequence } from './helpers/model-sequence.js';
import { makeModel, makeReal, makeWatched, type MakeStage } from './helpers/model-stage.js';

// How many sequences are played, and from which seed: a failure prints its seed, and the shortest sequence that fails.
const { SIGNALBOX_SEQUENCES = '1000', SIGNALBOX_SEED } = process.env;
const run = { numRuns: Number(SIGNALBOX_SEQUENCES), ...(SIGNALBOX_SEED && { seed: Number(SIGNALBOX_SEED) }) };
// Ends only a test that hangs: busy processes slow it down, and a sequence that fails is shortened, which takes a while.
const timeoutMs = 900_000 + 40 * run.numRuns;

describe('SignalManager, beside a naive model', () => {
  const property = (make: MakeStage) =>
    fc.asyncProperty(sequence, async (steps) => {
      expect(await play(steps, make)).toBe(await play(steps, makeModel));
    });

  it(
    'does the same in every sequence of calls, nested ones too (R3–R10, R13, R15, R17, R18, R22, R24)',
    () => fc.assert(property(makeReal), run),
    timeoutMs,
  );

  it(
    'does so while watchers decline, count, throw, and do not call `go` (W6, W7, W8)',
    () => fc.assert(property(makeWatched), run),
    timeoutMs,
  );
});
