import { CallSite } from '../internal/call-site.js';
import { decodeValues } from '../far/encoding.js';
import { decodeReason } from '../far/decode-reason.js';
import { encodeReason } from '../far/encode-reason.js';
import { ReceiverTimeoutError } from '../signals/errors.js';
import type { Connection, Receiver } from '../index.js';
import { Timer } from '../internal/timer.js';
import { isObject } from '../internal/weak-key-map.js';
import type { ThreadRequest } from './calls.js';
import { ThreadExitedError } from './errors.js';
import type { OwnThread } from './own-thread.js';
import type { AnswerMessage, ConnectMessage, DisconnectMessage, FailedMessage } from './messages.js';
import { connectOptionsOf } from './options.js';
import type { RemoteThread } from './roster.js';

type Request = Omit<ConnectMessage, 'to' | 'from' | 'id'> | Omit<DisconnectMessage, 'to' | 'from' | 'id'>;

/**
 * Asks one thread to connect or disconnect, and waits for its answer.
 *
 * @returns The number of the request.
 */
export function ask(member: OwnThread, peer: RemoteThread, request: Request, what: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void): void => {
      timer.stop();
      member.calls.delete(id);
      outcome();
    };
    const refuse = (reason: unknown): void => settle(() => reject(reason));
    const post = (message: Request): void => member.post({ ...message, to: [peer.id], from: member.id, id });
    const call: ThreadRequest = {
      answered: (from, message) => {
        if (from !== peer) return;
        if (message.type === 'failed') refuse(decodeReason(message.reason));
        else settle(() => resolve(id));
      },
      stepped: () => undefined,
      left: (who) => {
        if (who === peer) refuse(new ThreadExitedError(peer.name));
      },
    };
    const id = member.calls.add(call);
    const caller = new CallSite(member.timeoutMs);
    const timer = new Timer(member.timeoutMs, () => {
      const isConnect = request.type === 'connect';
      const name = `"${isConnect ? request.signal : what}"`;
      refuse(caller.blame(new ReceiverTimeoutError(what, name, member.timeoutMs)));
      // The thread may still connect later. Then this disconnects the receiver, because no handle for it exists.
      if (isConnect) post({ type: 'disconnect', connect: id });
    });
    post(request);
  });
}

/** The connections that other threads have made in this thread, so that they can disconnect them. */
export class RemoteConnections {
  readonly #member: OwnThread;
  /** By thread and request number; undefined while the module is being loaded. */
  readonly #connections = new Map<string, Connection | undefined>();

  constructor(member: OwnThread) {
    this.#member = member;
  }

  async connect(message: ConnectMessage): Promise<void> {
    await this.#carryOut(message, () => this.#connect(message));
  }

  async disconnect(message: DisconnectMessage): Promise<void> {
    await this.#carryOut(message, () => {
      const key = `${message.from} ${message.connect}`;
      this.#connections.get(key)?.disconnect();
      this.#connections.delete(key);
    });
  }

  /**
   * Forgets the connections of a thread that has left; they stay connected. Receivers that are still being loaded will
   * not be connected.
   */
  left(id: number): void {
    for (const key of this.#connections.keys()) if (key.startsWith(`${id} `)) this.#connections.delete(key);
  }

  async #carryOut({ from, id }: ConnectMessage | DisconnectMessage, work: () => unknown): Promise<void> {
    const address = { to: [from], from: this.#member.id, id };
    let reply: AnswerMessage | FailedMessage = { type: 'answer', ...address, results: [] };
    try {
      await work();
    } catch (error) {
      reply = { type: 'failed', ...address, reason: encodeReason(error) };
    }
    this.#member.post(reply);
  }

  async #connect({ from, id, module, exportName, signal, options }: ConnectMessage): Promise<void> {
    const share = this.#member.shares.get(signal);
    if (share === undefined) throw new TypeError(`Thread ${this.#member.name} does not share signal "${signal}"`);
    const key = `${from} ${id}`;
    this.#connections.set(key, undefined);
    try {
      const receiver = await load(module, exportName);
      // The requesting thread may have timed out or left meanwhile.
      if (!this.#connections.has(key)) return;
      const decoded = connectOptionsOf(options, decodeValues);
      this.#connections.set(key, this.#member.manager.connect(receiver, share.signal, decoded));
    } catch (error) {
      this.#connections.delete(key);
      throw error;
    }
  }
}

async function load(module: string, exportName: string): Promise<Receiver> {
  const loaded: unknown = await import(module);
  const exported: unknown = isObject(loaded) ? Reflect.get(loaded, exportName) : undefined;
  if (typeof exported === 'function') return exported as Receiver;
  const names = Object.keys(loaded as object).join(', ') || 'nothing';
  throw new TypeError(`Expected \`${exportName}\` of ${module} to be a function; the module exports ${names}`);
}
