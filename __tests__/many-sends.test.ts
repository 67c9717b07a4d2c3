import { describe, expect, it } from '@jest/globals';
import { ANY, type Receiver, SignalManager } from '../src/index.js';

type Verb = 'emit' | 'send';
const verbs: Verb[] = ['emit', 'send'];

// After some sends without a change, the receivers are called in another loop.
describe.each(verbs)('a receiver that has been called many times, by %s', (verb) => {
  async function play(change: (manager: SignalManager, second: Receiver) => void): Promise<unknown> {
    const manager = new SignalManager();
    const signal = Symbol('asked');
    const calls: string[] = [];
    let round = 0;
    const second = () => calls.push('second');
    const first = () => {
      calls.push('first');
      if (++round === 10) change(manager, second);
    };
    for (const receiver of [first, second, () => calls.push('third')]) manager.connect(receiver, signal);
    for (let i = 0; i < 9; i++) await manager[verb](signal, {});
    calls.length = 0;
    const results = await manager[verb](signal, {});
    if (verb === 'send') expect(results).toHaveLength(calls.length);
    return calls;
  }

  it('is not called once an earlier one has disconnected it (R15)', async () => {
    expect(await play((manager, second) => manager.disconnect(second))).toEqual(['first', 'third']);
  });

  it('is not called once an earlier one has muted its manager (R15)', async () => {
    expect(await play((manager) => manager.mute())).toEqual(['first']);
  });
});

it('is called in the place of its connection to ANY, if that came first (R8, R9)', () => {
  const manager = new SignalManager();
  const signal = Symbol('asked');
  const [both, other] = [() => 'both', () => 'other'];
  manager.connect(both, ANY);
  manager.connect(other, signal);
  manager.connect(both, signal);
  expect(manager.sendSync(signal).map(({ receiver }) => receiver)).toEqual([both, other]);
});
