import {
  ANY,
  type Connection,
  type ConnectionChange,
  type Filter,
  RECEIVER_CONNECTED,
  RECEIVER_DISCONNECTED,
  type Receiver,
  type SendContext,
  type SendResult,
  type SignalToken,
} from '../../src/index.js';
import type { Manager } from './model-manager.js';
import {
  type Acted,
  type Connected,
  SIGNALS,
  type Script,
  type Sent,
  type Sequence,
  type SignalName,
  type Step,
} from './model-sequence.js';

/** Two managers, and the signals for them. */
export interface Stage {
  readonly managers: readonly Manager[];
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
const MOST_NESTED = 40;
const DEEPEST = 4;

const QUESTIONS = [{}, { key: 'a' }, { sender: 'a', keys: ['b', NaN] }];

class Player {
  readonly account: string[] = [];
  readonly #managers: readonly Manager[];
  readonly #signals: Readonly<Record<SignalName, SignalToken>>;
  readonly #receivers: readonly Receiver[];
  /** What stays connected to the meta signals. */
  readonly #observers: readonly (readonly [observer: Receiver, meta: SignalToken])[];
  readonly #connections: Connection[] = [];
  /** Which receiver, of which signal: connections of one receiver are not told apart in every report. */
  readonly #parties = new Map<Connection, string>();
  readonly #mutes: Disposable[] = [];
  readonly #ties = [new AbortController(), new AbortController()];
  /** Each lets a receiver that has returned a promise come to something. */
  readonly #settles: (() => void)[] = [];
  readonly #sends: Promise<SendResult[]>[] = [];
  readonly #names = new Map<unknown, string>();
  /** What has happened in this step, in its order, and what may happen in any; told when the names are known. */
  readonly #events: (() => string)[] = [];
  readonly #reports: (() => string)[] = [];
  #sent = 0;
  #nested = 0;
  #depth = 0;

  constructor({ receivers, observed }: Sequence, makeStage: MakeStage) {
    const { managers, signals } = makeStage((error) => this.#reports.push(() => `onError: ${this.#name(error)}`));
    this.#managers = managers;
    this.#signals = { ...signals, ANY, RECEIVER_CONNECTED };
    for (const [name, token] of Object.entries(this.#signals)) this.#names.set(token, name);
    this.#receivers = receivers.map((script, i) => this.#receiver(`receiver ${i}`, script));
    const metas = observed ? [RECEIVER_CONNECTED, RECEIVER_DISCONNECTED] : [];
    this.#observers = metas.map((meta) => [this.#observer(String(meta.name)), meta]);
    for (const [i, manager] of managers.entries()) {
      this.#names.set(manager, `manager ${i}`);
      this.#observe(manager);
    }
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
    this.#tell('results', await Promise.all(this.#sends));
    for (const manager of this.#managers.keys()) {
      for (const signal of SIGNALS) {
        for (const options of QUESTIONS) this.#do({ do: 'ask', manager, signal, options });
      }
      this.#do({ do: 'disconnectAll', manager });
    }
    this.#conclude();
  }

  #do(step: Step): void {
    if ('which' in step) {
      this.#act(step);
      return;
    }
    const manager = at(this.#managers, step.manager);
    const signal = step.signal === undefined ? [] : ([this.#signals[step.signal]] as const);
    switch (step.do) {
      case 'connect':
        this.#connect(manager, step);
        break;
      case 'disconnect': {
        const receiver = at(this.#receivers, step.receiver);
        const [from] = signal;
        const done = from === undefined ? manager.disconnect(receiver) : manager.disconnect(receiver, from, step.options);
        this.#tell('disconnect', done);
        break;
      }
      case 'disconnectAll':
        this.#tell('disconnectAll', manager.disconnectAll(...signal));
        if (step.signal === undefined || step.signal === 'RECEIVER_CONNECTED') this.#observe(manager);
        break;
      case 'mute':
        this.#mutes.push(manager.mute(...signal));
        break;
      case 'ask':
        this.#ask(manager, this.#signals[step.signal], step.options);
        break;
      default:
        this.#send(manager, step);
    }
  }

  #act({ do: what, which }: Acted): void {
    switch (what) {
      case 'dispose':
        if (this.#connections.length > 0) this.#tell('dispose', at(this.#connections, which).disconnect());
        break;
      case 'unmute':
        takeFrom(this.#mutes, which)?.[Symbol.dispose]();
        break;
      case 'abort':
        takeFrom(this.#ties, which)?.abort();
        this.#ties.push(new AbortController());
        break;
      case 'settle':
        takeFrom(this.#settles, which)?.();
    }
  }

  #connect(manager: Manager, { receiver, signal, options, tie }: Connected): void {
    const tied = tie === undefined ? options : { ...options, abortSignal: at(this.#ties, tie).signal };
    const connection = manager.connect(at(this.#receivers, receiver), this.#signals[signal], tied);
    const whom = options.uid ?? [`receiver ${receiver}`, options.thisArg];
    this.#parties.set(connection, `${this.#name(whom)} of ${signal}`);
    this.#names.set(connection, `connection ${this.#connections.length}`);
    this.#connections.push(connection);
  }

  #send(manager: Manager, { do: verb, signal, options, until, abortable }: Sent): void {
    const kwargs = { n: this.#sent++ };
    const all = {
      ...options,
      ...(until === undefined ? {} : { until: (result: SendResult) => result.status === until }),
      ...(abortable === true ? { abortSignal: new AbortController().signal } : {}),
    };
    if (verb === 'emit') manager.emit(this.#signals[signal], kwargs, all);
    else if (verb === 'sendSync') this.#tell('sendSync', manager.sendSync(this.#signals[signal], kwargs, all));
    else this.#sends.push(manager[verb](this.#signals[signal], kwargs, all));
  }

  #ask(manager: Manager, signal: SignalToken, filter: Filter): void {
    const explained = manager.explain(signal, filter);
    const called = explained.map(({ receiver, matches, because }) => [receiver, matches && because]);
    this.#tell('ask', manager.receivers(signal, filter), manager.hasReceivers(signal, filter), called);
  }

  #observe(manager: Manager): void {
    for (const [observer, meta] of this.#observers) manager.connect(observer, meta, {});
  }

  /** A receiver of a meta signal that writes down what it is told. */
  #observer(meta: string): Receiver<ConnectionChange> {
    const seen = new Set<Connection>();
    return ({ manager, connection }) => {
      const [{ connected }, again] = [connection, seen.has(connection)];
      seen.add(connection);
      this.#reports.push(() => `${meta}: ${this.#parties.get(connection)} ${this.#name([manager, connected, again])}`);
    };
  }

  #receiver(name: string, { comesTo, calls }: Script): Receiver {
    const player = this;
    let count = 0;
    function receiver(this: unknown, kwargs: unknown, context: SendContext): unknown {
      const { manager, signal, sender, senders, keys } = context;
      const call = `${name} call ${count}`;
      player.#tell(call, this, kwargs, manager, signal, sender, new Set(senders), new Set(keys));
      player.#nest(calls[count++ % calls.length] ?? []);
      return player.#comeTo(comesTo, call);
    }
    this.#names.set(receiver, name);
    return receiver;
  }

  #nest(steps: readonly Step[]): void {
    if (this.#depth === DEEPEST) return;
    this.#depth += 1;
    for (const step of steps) if (this.#nested++ < MOST_NESTED) this.#do(step);
    this.#depth -= 1;
  }

  #comeTo(outcome: Script['comesTo'], value: string): unknown {
    if (outcome === 'value') return value;
    if (outcome === 'error') throw value;
    return new Promise((resolve, reject) => {
      this.#settles.push(() => (outcome === 'late value' ? resolve(value) : reject(value)));
    });
  }

  #tell(...what: unknown[]): void {
    this.#events.push(() => what.map((each) => this.#name(each)).join(' '));
  }

  /** Writes down what has happened, and what can be seen when a step is over. */
  #conclude(): void {
    this.#tell('connected', this.#connections.map((each) => each.connected));
    this.#tell('signals', this.#managers.map((each) => new Set(each.signals())));
    for (const event of this.#events.splice(0)) this.account.push(event());
    this.account.push(...this.#reports.splice(0).map((report) => report()).sort());
  }

  #name(value: unknown): string {
    const name = this.#names.get(value);
    if (name !== undefined) return name;
    if (value instanceof Error) return value.name;
    if (Array.isArray(value)) return `[${value.map((each) => this.#name(each)).join(', ')}]`;
    if (value instanceof Set) return this.#name([...value].map((each) => this.#name(each)).sort());
    if (typeof value !== 'object' || value === null) return String(value);
    const parts = Object.entries(value).map(([key, each]) => `${key}: ${this.#name(each)}`);
    return `{ ${parts.join(', ')} }`;
  }
}

function at<T>(list: readonly T[], which: number): T {
  return list[which % list.length] as T;
}

function takeFrom<T>(list: T[], which: number): T | undefined {
  return list.splice(which % list.length, 1)[0];
}

// Taken when the module loads: the real one, whatever clock a test installs later.
function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
