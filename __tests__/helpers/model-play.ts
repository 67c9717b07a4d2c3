import { setMaxListeners } from 'node:events';
import {
  ANY,
  type Connection,
  type ConnectionChange,
  type DisconnectOptions,
  type Filter,
  RECEIVER_CONNECTED,
  RECEIVER_DISCONNECTED,
  type Receiver,
  type SendContext,
  type SendResult,
  type SignalToken,
} from '../../src/index.js';
import { Account } from './model-account.js';
import { isAmong, routesOf } from './model-routes.js';
import {
  type Acted,
  type Connected,
  type Disconnected,
  type Script,
  type Sent,
  type Sequence,
  type SignalName,
  type Step,
  type Watched,
} from './model-sequence.js';
import type { MakeStage, Manager, Where } from './model-stage.js';

/** Plays a sequence. @returns An account of all that came of it: the same for managers that behave the same. */
export async function play(sequence: Sequence, makeStage: MakeStage): Promise<string> {
  const player = new Player(sequence, makeStage);
  for (const step of sequence.steps) await player.play(step);
  await player.finish();
  return player.account.lines.join('\n');
}

/** Receivers that send to receivers that send … have to come to an end. */
const MOST_NESTED_STEPS = 40;
const DEEPEST = 4;

const QUESTIONS: readonly Filter[] = [{}, { key: 'a' }, { sender: 'a', keys: ['b', NaN] }];

/** A connection, once `connect` has returned, and what it was asked for. */
interface Made {
  readonly step: Connected;
  connection: Connection | undefined;
}

class Player {
  readonly account = new Account();
  readonly #managers: readonly Manager[];
  readonly #keepsSends: boolean;
  readonly #signals: Readonly<Record<SignalName, SignalToken>>;
  readonly #scripts: readonly Script[];
  readonly #receivers: readonly Receiver[];
  /** What stays connected to the meta signals. */
  readonly #observers: readonly (readonly [observer: Receiver, meta: SignalToken])[];
  readonly #made: Made[] = [];
  readonly #mutes: Disposable[] = [];
  readonly #watches: { return?(): unknown }[] = [];
  readonly #ties = [makeTie(), makeTie()];
  /** Each lets a receiver that has returned a promise come to something. */
  readonly #settles: (() => void)[] = [];
  readonly #sends: Promise<SendResult[]>[] = [];
  #sent = 0;
  #nestedSteps = 0;
  #depth = 0;

  constructor({ kinds, receivers, observed }: Sequence, makeStage: MakeStage) {
    const { managers, signals } = makeStage(kinds, (error) => {
      this.account.report(() => ['onError', error]);
    });
    this.#managers = managers;
    this.#keepsSends = kinds.some((kind) => kind.includes('sticky'));
    const [first, second] = signals;
    this.#signals = { first, second, ANY, RECEIVER_CONNECTED };
    for (const [name, token] of Object.entries(this.#signals)) this.account.name(token, name);
    for (const [i, manager] of managers.entries()) this.account.name(manager, `manager ${i}`);
    this.#scripts = receivers;
    this.#receivers = receivers.map((script, i) => this.#receiver(`receiver ${i}`, script));
    const metas = observed ? [RECEIVER_CONNECTED, RECEIVER_DISCONNECTED] : [];
    this.#observers = metas.map((meta) => [this.#observer(meta.name), meta]);
    for (const manager of managers) this.#observe(manager);
  }

  async play(step: Step): Promise<void> {
    this.#do(step);
    if (step.do === 'settle') await turnOfTheLoop();
    this.#endStep();
  }

  /** Lets all promises settle and all mutes end, looks at everything, and takes everything away. */
  async finish(): Promise<void> {
    // The end of a mute may call receivers, which mute or have promises to settle.
    while (this.#settles.length + this.#mutes.length > 0) {
      await this.play({ do: this.#settles.length > 0 ? 'settle' : 'unmute', which: 0 });
    }
    this.account.tell('results', await Promise.all(this.#sends));
    for (const manager of this.#managers.keys()) {
      for (const signal of ['first', 'second'] as const) {
        for (const options of QUESTIONS) this.#do({ do: 'ask', manager, signal, options });
      }
      this.#do({ do: 'disconnectAll', manager });
    }
    this.#endStep();
  }

  #endStep(): void {
    const connected = this.#made.map(({ connection }) => (connection?.connected === true ? 'y' : 'n'));
    const signals = this.#managers.map((manager) => new Set(manager.signals()));
    this.account.tell('connected', connected.join(''), 'signals', signals);
    this.account.endStep();
  }

  #do(step: Step): void {
    if ('which' in step) {
      this.#act(step);
      return;
    }
    const manager = at(this.#managers, step.manager);
    const signal: [] | [SignalToken] = step.signal === undefined ? [] : [this.#signals[step.signal]];
    switch (step.do) {
      case 'connect':
        this.#connect(manager, step);
        break;
      case 'disconnect':
        this.#disconnect(manager, step);
        break;
      case 'disconnectAll':
        this.account.tell('disconnectAll', manager.disconnectAll(...signal));
        if (step.signal === undefined || step.signal === 'RECEIVER_CONNECTED') this.#observe(manager);
        break;
      case 'mute':
        this.#mutes.push(manager.mute(...signal));
        break;
      case 'watch':
        this.#watch(manager, step);
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
      case 'undo':
        if (this.#made.length > 0) this.account.tell('undo', at(this.#made, which).connection?.disconnect());
        break;
      case 'dispose':
        if (this.#made.length > 0) at(this.#made, which).connection?.[Symbol.dispose]();
        break;
      case 'unmute':
        takeFrom(this.#mutes, which)?.[Symbol.dispose]();
        break;
      case 'abort':
        takeFrom(this.#ties, which)?.abort();
        this.#ties.push(makeTie());
        break;
      case 'unwatch':
        void takeFrom(this.#watches, which)?.return?.();
        break;
      case 'settle':
        takeFrom(this.#settles, which)?.();
    }
  }

  #connect(manager: Manager, step: Connected): void {
    if (this.#repeats(step)) return;
    const made: Made = { step, connection: undefined };
    this.#made.push(made);
    const { receiver, signal, options, tie } = step;
    const tied = tie === undefined ? options : { ...options, abortSignal: at(this.#ties, tie).signal };
    made.connection = manager.connect(at(this.#receivers, receiver), this.#signals[signal], tied);
    this.account.name(made.connection, `connection ${this.#made.indexOf(made)}`);
  }

  #disconnect(manager: Manager, { receiver, signal, options }: Disconnected): void {
    const from: [] | [SignalToken, DisconnectOptions] = signal === undefined ? [] : [this.#signals[signal], options];
    this.account.tell('disconnect', manager.disconnect(at(this.#receivers, receiver), ...from));
  }

  /**
   * Whether this would repeat a connection that a send may have found. The manager keeps one registration for identical
   * connections (R3), so while the send is under way, or for good where it is kept, either may stand for the other.
   */
  #repeats(step: Connected): boolean {
    const found = this.#depth > 0 || this.#settles.length > 0 || this.#keepsSends;
    const there = this.#made.filter(({ connection }) => connection?.connected !== false);
    return found && there.some((each) => isRepeated(each.step, step));
  }

  #send(manager: Manager, { do: verb, signal, options, until, abortable }: Sent): void {
    const kwargs = { n: this.#sent++ };
    const stops = until !== undefined && (verb === 'sendSerial' || verb === 'sendSync');
    const aborts = abortable === true && (verb === 'send' || verb === 'sendSerial');
    const all = {
      ...options,
      ...(stops ? { until: (result: SendResult) => result.status === until } : {}),
      ...(aborts ? { abortSignal: new AbortController().signal } : {}),
    };
    const token = this.#signals[signal];
    if (verb === 'emit') manager.emit(token, kwargs, all);
    else if (verb === 'sendSync') this.account.tell('sendSync', manager.sendSync(token, kwargs, all));
    else this.#sends.push(manager[verb](token, kwargs, all));
  }

  /** A stream whose `where` does, each time it is asked, what a receiver does in a call of its own. */
  #watch(manager: Manager, { signal, receiver, options }: Watched): void {
    const script = at(this.#scripts, receiver);
    const name = `where ${this.#watches.length} of ${receiver}`;
    let count = 0;
    const where: Where = (kwargs, { signal: sent, sender }) => {
      this.account.tell(name, kwargs, sent, sender);
      this.#nest(script.calls[count++ % script.calls.length] ?? []);
      if (script.comesTo === 'error') throw new Error(name);
      return script.comesTo === 'value';
    };
    this.#watches.push(manager.stream(this.#signals[signal], { ...options, where }));
  }

  #ask(manager: Manager, signal: SignalToken, filter: Filter): void {
    const explained = manager.explain(signal, filter);
    const called = explained.map(({ receiver, matches, because }) => [receiver, matches && because]);
    this.account.tell('ask', manager.receivers(signal, filter), manager.hasReceivers(signal, filter), called);
  }

  #observe(manager: Manager): void {
    for (const [observer, meta] of this.#observers) manager.connect(observer, meta, {});
  }

  /** A receiver of a meta signal, which writes down what it is told. */
  #observer(meta: unknown): Receiver<ConnectionChange> {
    const seen = new Set<Connection>();
    return ({ manager, signal, connection, receiver, thisArg, uid, senders, keys, weak, once, priority }) => {
      const facts = [signal, receiver, thisArg, uid, new Set(senders), new Set(keys), weak, once, priority];
      const state = connection.connected ? 'connected' : 'disconnected';
      const again = seen.has(connection) ? 'again' : '';
      seen.add(connection);
      this.account.report(() => [meta, manager, state, again, ...facts]);
    };
  }

  #receiver(name: string, { comesTo, calls }: Script): Receiver {
    let count = 0;
    const called = (self: unknown, kwargs: unknown, context: SendContext): unknown => {
      const call = `${name} call ${count}`;
      const { manager, signal, sender, senders, keys } = context;
      this.account.tell(call, self, kwargs, manager, signal, sender, new Set(senders), new Set(keys));
      this.#nest(calls[count++ % calls.length] ?? []);
      return this.#comeTo(comesTo, call);
    };
    function receiver(this: unknown, kwargs: unknown, context: SendContext): unknown {
      return called(this, kwargs, context);
    }
    this.account.name(receiver, name);
    return receiver;
  }

  #nest(steps: readonly Step[]): void {
    if (this.#depth === DEEPEST) return;
    this.#depth += 1;
    for (const step of steps) if (this.#nestedSteps++ < MOST_NESTED_STEPS) this.#do(step);
    this.#depth -= 1;
  }

  #comeTo(outcome: Script['comesTo'], value: string): unknown {
    if (outcome === 'value') return value;
    if (outcome === 'error') throw value;
    return new Promise((resolve, reject) => {
      this.#settles.push(() => {
        if (outcome === 'late value') resolve(value);
        else reject(value);
      });
    });
  }
}

/** Whose connection it is: which receiver's (R3), on what. */
function whoseOf({ manager, signal, receiver, options: { thisArg, uid } }: Connected): readonly unknown[] {
  return uid === undefined ? [manager, signal, receiver, thisArg] : [manager, signal, uid, undefined];
}

/** Whether two connections of one receiver ask for some of the same in the same way. */
function isRepeated(a: Connected, b: Connected): boolean {
  const waysOf = (step: Connected): unknown[] => [
    ...whoseOf(step),
    step.options.once === true,
    step.options.weak === true,
  ];
  const ways = waysOf(b);
  const inSameWay = waysOf(a).every((part, i) => part === ways[i]);
  return inSameWay && routesOf(a.options).some((route) => isAmong(routesOf(b.options), route));
}

/** Node warns of many receivers on one abort signal; here there are many. */
function makeTie(): AbortController {
  const tie = new AbortController();
  setMaxListeners(0, tie.signal);
  return tie;
}

function at<T>(list: readonly T[], which: number): T {
  return list[which % list.length] as T; // the lists have no holes, and are not empty where this is called
}

function takeFrom<T>(list: T[], which: number): T | undefined {
  return list.splice(which % list.length, 1)[0];
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
