import { ANY, type SignalManager, type SignalToken } from '../../index.js';
import type { InspectHost } from '../../watch/inspect-host.js';
import type { ManagerRow } from '../types.js';
import type { Connected, ConnectionLog } from './connection-log.js';
import { ReceiversOf } from './receivers-of.js';

/** One manager, as long as an inspector shows it. Does not keep it alive. */
export class ManagerRecord {
  readonly id: number;
  /** The receivers of ANY. */
  readonly any = new ReceiversOf();
  /** The version of the data in which receivers of ANY have changed last. */
  anyChanged = 0;
  readonly #name: string | null;
  readonly #manager: WeakRef<SignalManager>;
  readonly #hostOf: (manager: SignalManager) => InspectHost;
  readonly #log: ConnectionLog;

  constructor(id: number, manager: SignalManager, hostOf: (manager: SignalManager) => InspectHost, log: ConnectionLog) {
    this.id = id;
    this.#name = manager.name ?? null;
    this.#manager = new WeakRef(manager);
    this.#hostOf = hostOf;
    this.#log = log;
  }

  /** undefined once it has been collected. */
  get manager(): SignalManager | undefined {
    return this.#manager.deref();
  }

  get host(): InspectHost | undefined {
    const { manager } = this;
    return manager && this.#hostOf(manager);
  }

  /** The receivers of the signal and of ANY that are connected now. */
  connectedTo(token: SignalToken, receivers: ReceiversOf): Connected[] {
    const { host } = this;
    if (host === undefined) return [];
    return [
      ...this.#log.compare(receivers, host.connections(token)),
      ...this.#log.compare(this.any, host.connections(ANY)),
    ];
  }

  get row(): ManagerRow {
    return { id: this.id, name: this.#name, pending: this.manager?.pending ?? 0 };
  }
}
