import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Signal, SignalManager } from '../src/index.js';
import { ModelManager } from './helpers/model-manager.js';
import { type Stage, play } from './helpers/model-play.js';
import { sequence } from './helpers/model-sequence.js';

const { SIGNALBOX_SEQUENCES = '1000', SIGNALBOX_SEED } = process.env;

function realStage(onError: (error: unknown) => void): Stage {
  const [manager, other] = [new SignalManager({ onError }), new SignalManager({ onError })];
  const signals = {
    symbol: Symbol('symbol'),
    object: {},
    signal: new Signal({ manager }),
    sticky: new Signal({ manager, sticky: true }),
    'foreign sticky': new Signal({ manager: other, sticky: true }),
  };
  return { managers: [manager, other], signals };
}

function modelStage(onError: (error: unknown) => void): Stage {
  const signals = { symbol: Symbol('symbol'), object: {}, signal: {}, sticky: {}, 'foreign sticky': {} };
  const sticky = [signals.sticky, signals['foreign sticky']];
  return { managers: [new ModelManager(sticky, onError), new ModelManager(sticky, onError)], signals };
}

describe('SignalManager, beside a naive model', () => {
  it('does the same in every sequence of calls, whatever receivers do while they are called (R3–R9, R13, R15, R17, R18, R24)', async () => {
    const property = fc.asyncProperty(sequence, async (steps) => {
      expect(await play(steps, realStage)).toBe(await play(steps, modelStage));
    });
    // A failure names its seed and path, and the shortest sequence that was found to fail.
    const seed = SIGNALBOX_SEED === undefined ? {} : { seed: Number(SIGNALBOX_SEED) };
    await fc.assert(property, { numRuns: Number(SIGNALBOX_SEQUENCES), ...seed });
  });
});
