import { muteExcept } from './muting.js';
import type { SignalTable } from '../send/signal-table.js';
import type { Settling, WatchHost } from '../watch/watch-host.js';
import { Watchers } from '../watch/watchers.js';
import type { SignalToken } from '../contract/options.js';

/** The watchers of a manager, and the rest of what buses and tools use. */
export class ManagerWatchers extends Watchers implements WatchHost {
  readonly #signals: SignalTable;
  readonly settling = new Set<Settling>();

  constructor(signals: SignalTable) {
    super(signals.home, () => {
      signals.because('watched', this.watchesSends);
    });
    this.#signals = signals;
  }

  get calling(): number {
    return this.#signals.home.calling;
  }

  running(): ReturnType<WatchHost['running']> {
    return this.#signals.home.running();
  }

  muteExcept(except: ReadonlySet<SignalToken>): Disposable {
    return muteExcept(this.#signals, except);
  }

  setReplaced(replaced: boolean): void {
    this.#signals.setReplaced(replaced);
  }
}
