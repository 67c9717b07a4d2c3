import type { StandardSchemaV1 } from '@standard-schema/spec';
import { DISPOSE } from '../internal/dispose.js';
import type { FarAttachment, FarCall, FarReceivers, FarSend, Heard } from '../far/index.js';
import { checkedBy, encodeContent } from './wire/content.js';
import type { Callable } from './nodes/incoming-calls.js';
import type { SharedState } from './wire/envelope.js';
import { BridgeFanOut } from './nodes/bridge-fan-out.js';
import { type OutgoingParts, callBodyOf } from './nodes/outgoing-call.js';
import { OutgoingEmit } from './nodes/outgoing-emit.js';
import type { RemoteNode, NodeTable } from './nodes/node-table.js';
import { checkSize } from './wire/send-size.js';

/** The parts of a bridge that its signals use. */
export interface BridgeParts extends OutgoingParts {
  readonly node: string;
  readonly peers: NodeTable;
  readonly closing: () => boolean;
}

export interface SharedOptions {
  readonly name: string;
  readonly group: string | undefined;
  readonly schema: StandardSchemaV1 | undefined;
  readonly attach: (far: FarReceivers) => FarAttachment;
}

interface Targets {
  readonly alone: readonly RemoteNode[];
  readonly groups: readonly (readonly RemoteNode[])[];
  /** Whether a send goes to most nodes, and to no group. Then it is one message to all. */
  readonly toAll: boolean;
}

type FarFilter = Pick<FarSend, 'senders' | 'keys'>;
const NO_FILTER: FarFilter = { senders: [], keys: [] };

/**
 * The smallest number of targets for a message to all. It also returns to its sender, so it saves nothing with fewer.
 */
const LEAST_TO_ALL = 3;

/** One signal that is shared with other nodes. Chooses the nodes of its sends, and checks the calls of other nodes. */
export class BridgeSignal implements FarReceivers, Callable {
  readonly #parts: BridgeParts;
  readonly #name: string;
  readonly #group: string | undefined;
  readonly #schema: StandardSchemaV1 | undefined;
  readonly attachment: FarAttachment;
  /** Selects the member of each group for the next send. */
  #turn = 0;
  #known: { readonly version: number; readonly byFilter: Map<string, Targets> } | undefined;
  /** While an async schema checks a call, later calls of the same node wait for it. */
  readonly #last = new WeakMap<RemoteNode, Promise<void>>();

  constructor(parts: BridgeParts, { name, group, schema, attach }: SharedOptions) {
    this.#parts = parts;
    this.#name = name;
    this.#group = group;
    this.#schema = schema;
    this.attachment = attach(this);
  }

  /** Makes its sends local from now on. */
  end(): Promise<void> {
    this.detach();
    return Promise.resolve();
  }

  detach(): void {
    this.attachment[DISPOSE]();
  }

  /** The state of the signal as announced to other nodes. */
  get state(): SharedState {
    return [this.#name, this.attachment.heard, this.#group ?? null];
  }

  reach(filtered: boolean, send: FarFilter = NO_FILTER): readonly string[] {
    return this.#chosen(filtered, send).map(({ from }) => from);
  }

  prepare(send: FarSend): FarCall | undefined {
    const { kwargs, senders, keys, reverse } = send;
    const filtered = senders.length > 0 || keys.length > 0;
    const chosen = this.#chosen(filtered, send);
    if (chosen.length === 0 || this.#parts.closing()) return undefined;
    const payload = encodeContent({ kwargs, senders, keys }, this.#name);
    const toAll = send.kind !== 'serial' && this.#targets(filtered, send).toAll;
    checkSize(this.#name, payload, this.#parts, () => callBodyOf(Number.MAX_SAFE_INTEGER, this.#name, send, toAll));
    const options = {
      signal: this.#name,
      send,
      payload,
      toAll,
      targets: reverse ? [...chosen].reverse() : chosen,
      attachment: this.attachment,
      parts: this.#parts,
      onStart: () => (this.#turn += 1),
    };
    return send.kind === 'emit' ? new OutgoingEmit(options) : new BridgeFanOut(options);
  }

  heard(_heard: Heard): void {
    this.#parts.presence.review(this.#name);
  }

  inOrder(peer: RemoteNode, kwargs: object, deliver: (kwargs: object) => void, refuse: (error: unknown) => void): void {
    if (this.#schema === undefined) {
      deliver(kwargs);
      return;
    }
    const before = this.#last.get(peer);
    let checked: object | Promise<object>;
    try {
      checked = checkedBy(this.#schema, kwargs, this.#name);
    } catch (error) {
      checked = Promise.reject(error);
    }
    if (before === undefined && !(checked instanceof Promise)) {
      deliver(checked);
      return;
    }
    const done = Promise.allSettled([checked, before]).then(([outcome]) => {
      if (this.#last.get(peer) === done) this.#last.delete(peer);
      if (outcome.status === 'fulfilled') deliver(outcome.value);
      else refuse(outcome.reason);
    });
    this.#last.set(peer, done);
  }

  /** Returns the nodes of a send: all that have an audience for it and no group, and one of each group. */
  #chosen(filtered: boolean, send: FarFilter): readonly RemoteNode[] {
    const { alone, groups } = this.#targets(filtered, send);
    if (groups.length === 0) return alone;
    const ones = groups.map((members) => members[this.#turn % members.length]);
    return this.#parts.peers.all.filter((peer) => alone.includes(peer) || ones.includes(peer));
  }

  #targets(filtered: boolean, send: FarFilter): Targets {
    const { version } = this.#parts.peers;
    const hereToo = this.#group !== undefined && this.attachment.calls(send);
    const kind = `${filtered} ${hereToo}`;
    if (this.#known?.version !== version) this.#known = { version, byFilter: new Map() };
    const known = this.#known.byFilter.get(kind) ?? this.#findTargets(filtered, hereToo);
    this.#known.byFilter.set(kind, known);
    return known;
  }

  #findTargets(filtered: boolean, hereToo: boolean): Targets {
    const alone: RemoteNode[] = [];
    const groups = new Map<string, RemoteNode[]>();
    for (const peer of this.#parts.peers.all) {
      const known = peer.signals.get(this.#name);
      if (known === undefined || !hears(known.heard, filtered)) continue;
      if (known.group === null) alone.push(peer);
      else groups.set(known.group, [...(groups.get(known.group) ?? []), peer]);
    }
    // Matching local receivers are called by every send, so no other node of this node's group is.
    if (hereToo && this.#group !== undefined) groups.delete(this.#group);
    // A node that hears only some sends may not hear this one, so nodes that hear all are preferred.
    const hearsAll = (peer: RemoteNode): boolean => peer.signals.get(this.#name)?.heard === 'everything';
    const surely = (members: readonly RemoteNode[]) => members.filter(hearsAll);
    return {
      alone,
      groups: [...groups.values()].map((all) => (surely(all).length > 0 ? surely(all) : all)),
      toAll: groups.size === 0 && alone.length >= LEAST_TO_ALL && alone.length * 2 > this.#parts.peers.size,
    };
  }
}

function hears(heard: Heard, filtered: boolean): boolean {
  return heard === 'everything' || (heard === 'filtered' && filtered);
}
