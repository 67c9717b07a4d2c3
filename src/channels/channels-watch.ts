import { hasThenMethod } from '../internal/thenable.js';
import { CallMatcher } from '../watch/call-matcher.js';
import type { FarResult, Receiver, SendResult, SendWatch, TraceParent, WatchedSend } from '../index.js';
import { CallMessage, SentMessage } from './messages.js';
import { type Channels, Phases } from './phases.js';

/** Publishes the events of one send. */
export class ChannelsWatch implements SendWatch {
  readonly #send: WatchedSend;
  protected readonly phases: Phases<SentMessage>;

  constructor(send: WatchedSend, channels: Channels) {
    this.#send = send;
    this.phases = new Phases(channels, new SentMessage(send));
  }

  run(go: () => unknown): void {
    this.phases.start(() => {
      try {
        go();
      } finally {
        this.phases.returned();
      }
    });
  }

  /** Leaves the trace that came with the send to other watchers, unless a subscriber has set another one. */
  trace(): TraceParent | undefined {
    const { trace } = this.phases.message;
    return trace === this.#send.trace ? undefined : trace;
  }

  onResult(result: SendResult | FarResult, _expected: boolean): void {
    this.phases.message.add(result);
  }

  onEnd(failure?: { readonly error: unknown }): void {
    this.phases.over(failure);
  }
}

/** Publishes the events of one send and of its calls of receivers. */
export class ChannelsWatchOfCalls extends ChannelsWatch {
  readonly #channels: Channels;
  readonly #calls = new CallMatcher<Phases<CallMessage>>();

  constructor(send: WatchedSend, channels: Channels, channelsOfCalls: Channels) {
    super(send, channels);
    this.#channels = channelsOfCalls;
  }

  call(receiver: Receiver, go: () => unknown): void {
    const phases = new Phases(this.#channels, new CallMessage(this.phases.message, receiver));
    this.#calls.begin(receiver, phases);
    phases.start(() => {
      const value = go();
      this.#calls.returned(value);
      // The result of a sync receiver follows immediately, and `end` has it.
      if (hasThenMethod(value)) phases.returned();
    });
  }

  override onResult(result: SendResult | FarResult, expected: boolean): void {
    super.onResult(result, expected);
    const phases = this.#calls.end(result);
    if (phases === undefined) return;
    if (result.status === 'fulfilled') {
      phases.message.end(result.value);
      phases.over();
    } else {
      phases.over({ error: result.reason, expected });
    }
    phases.returned();
  }

  override onEnd(failure?: { readonly error: unknown }): void {
    // The results of a send that has failed are never known.
    for (const phases of this.#calls.endAll()) {
      phases.over();
      phases.returned();
    }
    super.onEnd(failure);
  }
}
