import { BroadcastChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

/** What the types of node leave out. */
type NodeChannel = BroadcastChannel & Pick<MessagePort, 'ref' | 'unref'>;

let anchor: NodeChannel | undefined;

/**
 * In Deno, opens a channel that stays open: one that is opened while the last one of its thread closes gets no message there.
 */
function openAnchor(): void {
  if (anchor !== undefined || !('Deno' in globalThis)) return;
  anchor = new BroadcastChannel('signalbox@1/threads');
  anchor.unref();
}

/**
 * A channel between two threads of this process, whichever thread made which: known by its name alone.
 *
 * A MessagePort would have to be handed over through the worker's own port, where a worker, or a pool that drives it, may
 * be listening for messages of its own. It does not keep its thread alive unless told to.
 */
export class Channel {
  readonly #channel: NodeChannel;
  readonly #receive: (message: unknown) => void;
  #open = true;

  constructor(name: string, receive: (message: unknown) => void) {
    openAnchor();
    this.#channel = new BroadcastChannel(`signalbox@1/threads/${name}`);
    this.#channel.unref();
    this.#receive = receive;
    this.#channel.onmessage = ({ data }) => this.#take(data);
  }

  /** @throws DataCloneError for what can't be cloned; then nothing has been posted. */
  post(message: unknown): void {
    if (this.#open) this.#channel.postMessage(message);
  }

  /** Whether it keeps its thread alive. */
  keep(kept: boolean): void {
    if (!this.#open) return;
    if (kept) this.#channel.ref();
    else this.#channel.unref();
  }

  /** Takes at once what has been posted: the other thread may have ended, and its last words are still in here. */
  drain(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) this.#take(next.message);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#channel.onmessage = () => undefined;
    this.#channel.close();
  }

  #next(): { readonly message: unknown } | undefined {
    if (!this.#open) return undefined;
    try {
      // In Node it takes a BroadcastChannel as well, other than its types say.
      return receiveMessageOnPort(this.#channel as unknown as MessagePort);
    } catch {
      return undefined; // Deno takes ports alone: what has been posted is read when its turn comes
    }
  }

  #take(message: unknown): void {
    if (this.#open) this.#receive(message);
  }
}
