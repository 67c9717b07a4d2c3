import type { Receiver, SendWatch, SendWatcher, WatchedSend } from '../../src/index.js';

/** Notes what a watcher is called with, in one list for any number of watchers. */
export class Watched {
  readonly log: unknown[][] = [];
  readonly sends: WatchedSend[] = [];

  /** A watcher with all methods of sends. */
  watcher(name = 'watch', rest: Partial<SendWatch> = {}): SendWatcher {
    return {
      onSend: (send) => {
        this.sends.push(send);
        this.log.push([name, 'onSend', send.kind]);
        return this.#watch(name, rest);
      },
    };
  }

  note(...what: unknown[]): void {
    this.log.push(what);
  }

  /** Returns the log and empties it. */
  take(): unknown[][] {
    return this.log.splice(0);
  }

  #watch(name: string, rest: Partial<SendWatch>): SendWatch {
    return {
      run: (go) => this.#around([name, 'run'], go),
      call: (receiver: Receiver, go) => this.#around([name, 'call', receiver.name], go),
      onResult: (result, expected) => {
        this.note(name, 'onResult', result, expected);
      },
      onEnd: (...failure) => {
        this.note(name, 'onEnd', ...failure);
      },
      ...rest,
    };
  }

  #around(what: unknown[], go: () => unknown): unknown {
    this.note(...what);
    try {
      return go();
    } finally {
      this.note(...what, 'over');
    }
  }
}
