import { describe, expect, it, jest } from '@jest/globals';
import { ANY, RECEIVER_CONNECTED, Signal, SignalManager } from '../src/index.js';
import { attachFar } from '../src/far/index.js';
import { REASONS, type Reason, SignalState } from '../src/send/signal-state.js';
import { STATE } from '../src/signals/tokens.js';
import { Elsewhere } from './helpers/elsewhere.js';

function stateOf(signal: object): SignalState {
  const state: unknown = Reflect.get(signal, STATE);
  if (state instanceof SignalState) return state;
  throw new Error('the signal has no state');
}

function reasonsOf({ reasons }: SignalState): Reason[] {
  return (Object.keys(REASONS) as Reason[]).filter((reason) => (reasons & REASONS[reason]) !== 0);
}

/** A signal with a receiver, so that it has a state. */
function connected(manager: SignalManager, options: object = {}): Signal {
  const signal = new Signal({ manager, ...options });
  signal.connect(jest.fn());
  return signal;
}

interface Row {
  readonly reason: Reason;
  /** @returns What takes the reason away. */
  readonly add: (manager: SignalManager, signal: Signal) => () => unknown;
}

const rows: readonly Row[] = [
  {
    reason: 'any-connected',
    add: (manager) => {
      const connection = manager.connect(jest.fn(), ANY);
      return () => connection.disconnect();
    },
  },
  {
    reason: 'muted',
    add: (manager, signal) => {
      const muted = manager.mute(signal);
      return () => {
        muted[Symbol.dispose]();
      };
    },
  },
  {
    reason: 'muted',
    add: (manager) => {
      const muted = manager.mute();
      return () => {
        muted[Symbol.dispose]();
      };
    },
  },
  {
    reason: 'observed',
    add: (_manager, signal) => {
      const stream = signal.stream();
      return () => stream.return?.();
    },
  },
  {
    reason: 'watched',
    add: (manager) => {
      const watch = manager.watch({ onSend: () => undefined });
      return () => {
        watch[Symbol.dispose]();
      };
    },
  },
  {
    reason: 'far',
    add: (manager, signal) => {
      const attached = attachFar(manager, signal, new Elsewhere());
      return () => {
        attached[Symbol.dispose]();
      };
    },
  },
];

describe('a send of a signal is common', () => {
  it('with receivers alone', () => {
    expect(reasonsOf(stateOf(connected(new SignalManager())))).toEqual([]);
  });

  it.each(rows)('unless it is $reason, until that ends', async ({ reason, add }) => {
    const manager = new SignalManager();
    const signal = connected(manager);
    const before = stateOf(signal);
    const remove = add(manager, signal);
    expect(reasonsOf(before)).toEqual([reason]);
    if (reason === 'any-connected' || reason === 'watched')
      expect(reasonsOf(stateOf(connected(manager)))).toEqual([reason]);
    await remove();
    expect(reasonsOf(before)).toEqual([]);
  });

  it('unless the manager is closed; open again, when its `close` has failed', async () => {
    jest.useFakeTimers();
    const manager = new SignalManager();
    const signal = connected(manager);
    signal.connect(() => new Promise<void>(() => undefined));
    signal.emit();
    const closing = expect(manager.close({ timeoutMs: 5 })).rejects.toThrow('5');
    expect(reasonsOf(stateOf(signal))).toEqual(['closed']);
    await jest.advanceTimersByTimeAsync(5);
    await closing;
    jest.useRealTimers();
    expect(reasonsOf(stateOf(signal))).toEqual([]);
  });

  it.each<[Reason, object]>([
    ['sticky', { sticky: true }],
    ['defaults', { defaults: { n: 1 } }],
  ])('unless it is declared with %s', (reason, options) => {
    expect(reasonsOf(stateOf(connected(new SignalManager(), options)))).toEqual([reason]);
  });

  it('unless it is ANY or a meta signal', () => {
    const { owner } = stateOf(connected(new SignalManager()));
    expect(reasonsOf(new SignalState(owner, ANY, 0))).toEqual(['is-any']);
    expect(reasonsOf(new SignalState(owner, RECEIVER_CONNECTED, 0))).toEqual(['is-meta']);
  });

  it('unless there is any reason left', () => {
    const manager = new SignalManager();
    const signal = connected(manager);
    const muted = [manager.mute(), manager.mute(signal)];
    const connection = manager.connect(jest.fn(), ANY);
    expect(reasonsOf(stateOf(signal))).toEqual(['any-connected', 'muted']);
    muted[0]?.[Symbol.dispose]();
    connection.disconnect();
    expect(reasonsOf(stateOf(signal))).toEqual(['muted']);
    muted[1]?.[Symbol.dispose]();
    expect(reasonsOf(stateOf(signal))).toEqual([]);
  });

  it('for a signal that gets its state while the manager is muted, when that has ended', () => {
    const manager = new SignalManager();
    const muted = manager.mute();
    const signal = connected(manager);
    expect(reasonsOf(stateOf(signal))).toEqual(['muted']);
    muted[Symbol.dispose]();
    expect(reasonsOf(stateOf(signal))).toEqual([]);
  });
});
