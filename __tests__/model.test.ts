import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Signal, SignalManager, type SignalToken } from '../src/index.js';
import { ModelManager } from './helpers/model-manager.js';
import { type Stage, play } from './helpers/model-play.js';
import { type Kind, type Sequence, sequence } from './helpers/model-sequence.js';

// How many sequences are played, and from which seed: a failure prints its seed, and the shortest sequence that fails.
const { SIGNALBOX_SEQUENCES = '1000', SIGNALBOX_SEED } = process.env;
const run = { numRuns: Number(SIGNALBOX_SEQUENCES), ...(SIGNALBOX_SEED && { seed: Number(SIGNALBOX_SEED) }) };

function makeReal(kinds: Sequence['kinds'], onError: (error: unknown) => void): Stage {
  const [manager, other] = [new SignalManager({ onError }), new SignalManager({ onError })];
  const make: Record<Kind, () => SignalToken> = {
    symbol: () => Symbol('signal'),
    object: () => ({}),
    signal: () => new Signal({ manager }),
    sticky: () => new Signal({ manager, sticky: true }),
    foreign: () => new Signal({ manager: other }),
    'foreign sticky': () => new Signal({ manager: other, sticky: true }),
  };
  const [first, second] = kinds;
  return { managers: [manager, other], signals: [make[first](), make[second]()] };
}

function makeModel(kinds: Sequence['kinds'], onError: (error: unknown) => void): Stage {
  const signals: Stage['signals'] = [{}, {}];
  const sticky = signals.filter((_signal, i) => kinds[i]?.includes('sticky'));
  return { managers: [new ModelManager(sticky, onError), new ModelManager(sticky, onError)], signals };
}

describe('SignalManager, beside a naive model', () => {
  const property = fc.asyncProperty(sequence, async (steps) => {
    expect(await play(steps, makeReal)).toBe(await play(steps, makeModel));
  });

  it(
    'does the same in every sequence of calls, nested ones too (R3–R9, R13, R15, R17, R18, R24)',
    () => fc.assert(property, run),
    // A failing one is shortened, which takes a while.
    60_000 + 20 * run.numRuns,
  );
});
