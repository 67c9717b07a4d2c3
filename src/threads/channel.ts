import { BroadcastChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

/** A BroadcastChannel with the methods that the types of Node omit. */
type NodeChannel = BroadcastChannel & Pick<MessagePort, 'ref' | 'unref'>;

let anchor: NodeChannel | undefined;

/**
 * Opens a channel that stays open in Deno. There, a channel that is opened while the last one of its thread closes gets
 * no messages.
 */
function openAnchor(): void {
  if (anchor !== undefined || !('Deno' in globalThis)) return;
  anchor = new BroadcastChannel('signalbox@1/threads');
  anchor.unref();
}

/**
 * A channel between two threads of this process, found by its name, whichever thread started the other.
 *
 * Not a MessagePort, because it would have to pass through the worker's own port, where the worker or its pool may
 * expect other messages. A channel does not keep its thread alive, except after `keep(true)`.
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

  /** @throws DataCloneError if the message cannot be cloned. Then nothing has been posted. */
  post(message: unknown): void {
    if (this.#open) this.#channel.postMessage(message);
  }

  /** Sets whether the channel keeps its thread alive. */
  keep(kept: boolean): void {
    if (!this.#open) return;
    if (kept) this.#channel.ref();
    else this.#channel.unref();
  }

  /** Reads the posted messages synchronously. The last messages of a thread that has exited may still be unread. */
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
      // In Node it also accepts a BroadcastChannel, although the types do not.
      return receiveMessageOnPort(this.#channel as unknown as MessagePort);
    } catch {
      return undefined; // Deno accepts only ports, so messages arrive in a later turn
    }
  }

  #take(message: unknown): void {
    if (this.#open) this.#receive(message);
  }
}
