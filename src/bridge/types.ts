/// <reference lib="esnext.disposable" />
import type { StandardSchemaV1 } from '@standard-schema/spec';

/**
 * All that a bridge asks of a message engine: a few lines over a client that the user made and connected.
 *
 * Subjects are words of letters, digits, `-` and `_`, joined by dots. A message reaches a subscription at most once; a
 * publication reaches the subscriptions of its own engine, too. What one publisher publishes comes to the subscriptions of
 * one engine in the order in which it was published, across subjects. Where an engine keeps that order only within a subject,
 * a send to all nodes may come out of order with other sends of its node, not be aborted, or be taken for lost: what asks
 * for that goes another way, and may overtake it. A client that reconnects does so by itself, and subscribes again.
 */
export interface Engine {
  /** Shown in messages. */
  readonly name: string;
  /** Returns, or resolves, when the message has been handed to the engine. */
  publish(subject: string, data: Uint8Array): void | Promise<void>;
  /**
   * @param options - `group`: of all subscriptions that name the same, one gets each message. For brokers that know groups;
   * the bridge does not ask for it, it chooses the node of a group itself. `abortSignal`: aborted when the bridge closes. An
   * engine that opens connections ends then what it has opened for a subscription that is not in force yet, and rejects with the
   * reason: its server may be away for ever. An engine may leave it alone: what is in force later is disposed then. `onError`:
   * told of what the server refuses later, the subscription or a publication of the same namespace. It must not throw.
   * @returns Resolves when the subscription is in force, and rejects if it is refused. Disposing ends it, and resolves when the server also has what was
   * published before, if `publish` has not waited for that: the client may be closed then, and nothing is lost.
   */
  subscribe(
    subject: string,
    onMessage: (data: Uint8Array) => void,
    options?: {
      readonly group?: string;
      readonly abortSignal?: AbortSignal;
      readonly onError?: (error: unknown) => void;
    },
  ): Promise<AsyncDisposable>;
  /** Absent: the engine has no durable delivery, and asking for it is an error. */
  readonly durable?: DurableEngine;
}

/** Durable delivery: what is published is kept until every group has had it. */
export interface DurableEngine {
  /** Called by each durable `share`, which rejects if this does: for what is missing whatever the server says. */
  prepare?(): Promise<void>;
  /** Resolves when the engine has stored the message. What no group has ever asked for is kept for the first that does. */
  publish(subject: string, id: string, data: Uint8Array): Promise<void>;
  /**
   * Takes part in a group, which from now on gets all that is published, now or when one of its members is back; the first
   * group of a subject gets what was published before, too.
   *
   * @param onMessage - Resolves when the message is done with. Rejects when it is to come again, to any member of the
   * group, not before `delayMs` of the error have passed if it has that ({@link RedeliverError}). `attempt` counts from 1;
   * an engine that does not count leaves it out.
   * @param options - `abortSignal`: as in {@link Engine.subscribe}, for a group that does not exist yet. `onError`: told when
   * the server refuses this consumer something or does not answer it; it goes on asking, and must be told once, not each time.
   * @returns Resolves when the group exists. Disposing, which happens once, waits for what is being handled.
   */
  consume(
    subject: string,
    group: string,
    onMessage: (data: Uint8Array, id: string, attempt?: number) => Promise<void>,
    options?: { readonly abortSignal?: AbortSignal; readonly onError?: (error: unknown) => void },
  ): Promise<AsyncDisposable>;
}

/** What engines with durable delivery take besides the client. An unknown name is a TypeError. */
export interface DurableEngineOptions {
  /**
   * Milliseconds without a sign of work after which what a member of a group has in hand goes to another one: that member is
   * taken for dead. A receiver may take longer; its node gives signs. 1,000 or more, finite. Default: 30,000.
   *
   * What a member leaves when it closes, what waits for its next try included, goes to another one when it is due. Over Redis,
   * where the members keep these times, that may be up to a third of this later, and a longer delay than this becomes this.
   */
  readonly redeliverAfterMs?: number;
}

/**
 * What {@link Bridge} takes besides manager and engine.
 *
 * Names (of namespaces, nodes, groups and signals that are shared) become words of subjects, which may have 1,000 characters:
 * a letter, a digit or `-` is one, any other takes three for each byte of its UTF-8. A longer one is a RangeError. Those of a
 * durable signal, namespace, name and group, may have 237 together, without a group 236: JetStream has names of 255.
 */
export interface BridgeOptions {
  /** Nodes with the same namespace talk to each other. */
  readonly namespace: string;
  /** The name of this node, unique among those that live. Default: host name, process id and a random part. */
  readonly node?: string;
  /**
   * Milliseconds that a silent node has to answer, and the engine to store a durable send, where the send has no `timeoutMs`
   * of its own. 0 or more, `Infinity` means no limit. Default: 5,000.
   */
  readonly timeoutMs?: number;
  /** Bytes of one message, at most. Default: 1 MiB. */
  readonly maxBytes?: number;
  /** How many other nodes are remembered. Default: 10,000. */
  readonly maxNodes?: number;
  /**
   * Milliseconds between signs of life. A node that owes an answer is asked for one as often, and lost when it has been
   * silent for four of them; any other node for four of its own, which are longer when there are many nodes. 10 or more,
   * finite; more than a minute is taken for a minute. Default: 1,000.
   */
  readonly heartbeatMs?: number;
  /** Told of bad input, once per kind and node, and of what the engine failed to do. Default: `console.error`. `null`: silent. */
  readonly onError?: ((error: unknown) => void) | null;
}

/** What {@link Bridge.share} takes besides the signal. An unknown name is a TypeError. */
export interface ShareOptions {
  /**
   * Of all nodes naming the same group, one gets each send. The sender's own node is that one if it is of the group and the
   * send matches a receiver there; else it is a node that surely hears the send, or one that may.
   */
  readonly group?: string;
  /**
   * At least once to every group, also to one that is down, and to the first one also what was sent before it; who names no
   * group only sends. Default: false.
   *
   * A send calls the receivers here at once, too, without a `delivery`; a node that is of a group may get its own job
   * besides. A member that has no receivers (waits and streams are none), is muted or whose manager is closing
   * keeps what it has got, 32 deliveries at most where a server keeps the rest, until it hears, or its bridge closes. A job
   * that no filter of its receivers matches is done with: the members of a group should connect alike.
   */
  readonly durable?: boolean;
  /**
   * How many times a job is delivered to a group at most. One that has not succeeded by then is set aside, and `onError` gets
   * a {@link SetAsideError}. A whole number, 1 or more, or `Infinity`. Default: 10.
   *
   * The engine counts deliveries, and the count is judged before each one: a delivery during which its node died counts, and
   * so does one that a member gave back when it closed.
   */
  readonly maxAttempts?: number;
  /** A Standard Schema (zod, valibot, arktype…) that kwargs from elsewhere must satisfy; receivers get its output. */
  readonly schema?: StandardSchemaV1;
}

/** What {@link Bridge.ready} waits for. */
export interface ReadyOptions {
  /** How many nodes, this one included. */
  readonly nodes: number;
  /** Milliseconds until it rejects with a NotReadyError. 0 or more, `Infinity` means no limit. Default: `Infinity`. */
  readonly timeoutMs?: number;
}

/** What {@link Bridge.close} takes. An unknown name is a TypeError. */
export interface CloseOptions {
  /**
   * Milliseconds until what has not been answered or is still in hand is given up. 0 or more, `Infinity` means no limit.
   * Default: the bridge's `timeoutMs`.
   */
  readonly timeoutMs?: number | undefined;
}
