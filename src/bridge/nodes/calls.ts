import { decodeResult } from '../../far/encoding.js';
import type { FanOutCall } from '../../far/fan-out-call.js';
import type { FarResult } from '../../contract/signals.js';
import type { BridgeLog } from '../wire/bridge-log.js';
import { decodeRefusal } from '../wire/content.js';
import type { Message } from '../wire/envelope.js';
import { NodeLostError, PayloadError } from '../errors.js';
import type { RemoteNode } from './node-table.js';
import { decodeValue } from '../wire/structured.js';

/** The calls that this node has made to other nodes. */
export class BridgeCalls {
  readonly #log: BridgeLog;
  #lastId = 0;

  constructor(log: BridgeLog) {
    this.#log = log;
  }

  /** How many calls this node has made. */
  get made(): number {
    return this.#lastId;
  }

  /** Returns a larger number for each call. A node accepts each number once. */
  nextId(): number {
    return ++this.#lastId;
  }

  receive(message: Message, payload: string, peer: RemoteNode): void {
    switch (message.type) {
      case 'result':
      case 'answer':
      case 'refusal':
        this.#answer(message.type, message.id, payload, peer);
        break;
      case 'pong':
        for (const id of message.unknown) this.#lose(peer, peer.calls.get(id));
        break;
      default:
    }
  }

  lost(peer: RemoteNode): void {
    for (const call of [...peer.calls.values()]) this.#lose(peer, call);
  }

  #lose(peer: RemoteNode, call: FanOutCall<RemoteNode> | undefined): void {
    call?.fail(new NodeLostError(peer.from, call.signal));
  }

  #answer(type: 'result' | 'answer' | 'refusal', id: number, payload: string, peer: RemoteNode): void {
    const call = peer.calls.get(id);
    if (call === undefined) {
      // A late answer is not bad input.
      if (id > this.#lastId) this.#log.badInput('an answer to a call that was never made', peer);
      return;
    }
    try {
      if (type === 'refusal') call.fail(decodeRefusal(payload));
      else {
        const results = decodeResults(payload, peer.from);
        if (type === 'answer') call.answer(results);
        else for (const result of results) call.step([result]);
      }
    } catch (cause) {
      this.#log.badInput('an answer that is no structured data', peer, cause);
      call.fail(new PayloadError(`The answer of node "${peer.from}" is not structured data`, [], { cause }));
    }
  }
}

function decodeResults(payload: string, node: string): FarResult[] {
  if (payload === '') return [];
  return payload.split('\n').map((line) => decodeResult(decodeValue(line), { node }));
}
