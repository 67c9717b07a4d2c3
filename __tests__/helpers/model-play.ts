import {
  ANY,
  type Connection,
  type ConnectionChange,
  RECEIVER_CONNECTED,
  RECEIVER_DISCONNECTED,
  type Receiver,
  type SendContext,
  type SendResult,
  type SignalToken,
} from '../../src/index.js';
import type { Manager } from './model-manager.js';
import { type Asked, type Connected, type Disconnected, SIGNALS, type Script, type Sent, type Sequence, type Step } from './model-sequence.js';

/** Two managers, and the signals for them. */
export interface Stage {
  readonly managers: readonly [Manager, Manager];
  readonly signals: Readonly<Record<(typeof SIGNALS)[number], SignalToken>>;
}
type MakeStage = (onError: (error: unknown) => void) => Stage;

/** Plays a sequence. @returns An account of all that came of it, the same for managers that behave the same. */
export async function play(sequence: Sequence, makeStage: MakeStage): Promise<string> {
  const player = new Player(sequence, makeStage);
  for (const step of sequence.steps) await player.play(step);
  await player.finish();
  return player.account.join('\n');
}

/** Receivers that send to receivers that send … have to come to an end. */
const MOST_NESTED_STEPS = 40;
const MOST_NESTED_CALLS = 4;

class Player {
  readonly account: string[] = [];
  readonly #managers: readonly [Manager, Manager];
  readonly #signals: Stage['signals'] & Readonly<Record<'ANY' | 'RECEIVER_CONNECTED', SignalToken>>;
  readonly #receivers: readonly Receiver[];
  readonly #names = new Map<unknown, string>();
  /** What is connected to the meta signals throughout. */
  readonly #observers: readonly (readonly [meta: SignalToken, observer: Receiver])[];
  readonly #connections: Connection[] = [];
  readonly #mutes: Disposable[] = [];
  readonly #ties = [new AbortController(), new AbortController()];
  /** Each lets a receiver that has returned a promise come to something. */
  readonly #settles: (() => void)[] = [];
  readonly #sends: Promise<SendResult[]>[] = [];
  /** What has happened in this step, in its order, and what may happen in any order. Told when the step is over. */
  #events: Event[] = [];
  #reports: Event[] = [];
  #calls = 0;
  #nestedCalls = 0;
  #nestedSteps = 0;

  constructor({ receivers, observed }: Sequence, makeStage: MakeStage) {
    const { managers, signals } = makeStage((error) => this.#reports.push(['onError', error]));
    this.#managers = managers;
    this.#signals = { ...signals, ANY, RECEIVER_CONNECTED };
    for (const [name, signal] of Object.entries(this.#signals)) this.#names.set(signal, name);
    this.#receivers = receivers.map((script, i) => this.#receiver(`receiver ${i}`, script));
    this.#observers = observed
      ? [RECEIVER_CONNECTED, RECEIVER_DISCONNECTED].map((meta) => [meta, this.#observer(meta.name)])
      : [];
    for (const manager of managers) this.#observe(manager);
  }

  async play(step: Step): Promise<void> {
    this.#do(step);
    if (step.do === 'settle') await turnOfTheLoop();
    this.#conclude();
  }

  /** Lets all promises settle and all mutes end, looks at everything, and takes everything away. */
  async finish(): Promise<void> {
    while (this.#settles.length > 0) await this.play({ do: 'settle', which: 0 });
    while (this.#mutes.length > 0) await this.play({ do: 'unmute', which: 0 });
    this.#events.push(['results', await Promise.all(this.#sends)]);
    for (const manager of [0, 1] as const) {
      for (const signal of SIGNALS) {
        for (const options of QUESTIONS) this.#do({ do: 'ask', manager, signal, options });
      }
      this.#do({ do: 'disconnectAll', manager });
    }
    this.#conclude();
  }

  /** Writes down what has happened, and what can be seen when a step is over. */
  #conclude(): void {
    const told = (event: Event): string => event.map((part) => this.#nameOf(part)).join(' ');
    const connected = this.#connections.map((each) => each.connected);
    const signals = this.#managers.map((manager) => this.#nameOf(manager.signals()))
    this.account.push(...this.#events.map(told), ...this.#reports.map(told).sort(), told(['connected', connected]), ...);
    this.#events = [];
    this.#reports = [];
  }
}
