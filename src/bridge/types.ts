/// <reference lib="esnext.disposable" />
import type { StandardSchemaV1 } from '@standard-schema/spec';

/**
 * The interface of a message engine. An engine takes a few lines of code over a client that the user created and
 * connected.
 *
 * Subjects are words of letters, digits, `-` and `_`, joined by dots. A message reaches a subscription at most once. A
 * publication also reaches the subscriptions of its own engine. The publications of one publisher reach the
 * subscriptions of one engine in the order of publishing, across subjects.
 *
 * If an engine keeps that order only within a subject, other messages of a node may overtake its send to all nodes.
 * Then such a send may arrive out of order, miss its abort, or be taken for lost. The client must reconnect by itself,
 * and subscribe again.
 */
export interface Engine {
  /** Shown in messages. */
  readonly name: string;
  /**
   * The largest message that the engine takes, in bytes. A whole number, 1 or more. The `maxBytes` of a bridge is at
   * most this. Default: the engine has no limit of its own.
   */
  readonly maxBytes?: number | undefined;
  /**
   * The longest subject that the engine takes, in characters. A whole number, 1 or more. A bridge refuses names that
   * need longer ones. Default: the engine has no limit of its own.
   */
  readonly maxSubjectLength?: number | undefined;
  /** Returns, or resolves, when the engine has accepted the message. */
  publish(subject: string, data: Uint8Array): void | Promise<void>;
  /**
   * Subscribes to a subject.
   *
   * @param options - `group`: each message goes to one of the subscriptions with the same group. It is for brokers with
   * groups; the bridge does not use it, because it chooses the node of a group itself. `abortSignal`: aborted when the
   * bridge closes. An engine that opens connections should then close those of a subscription that is not yet in force,
   * and reject with the reason, because its server may stay away. An engine may ignore it: a subscription that is in
   * force later is disposed then. `onError`: called when the server later refuses the subscription or a publication of
   * the same namespace. It must not throw.
   * @returns Resolves when the subscription is in force, and rejects if it is refused. Disposing ends the subscription.
   * It resolves when the server also has all earlier publications, so that the client can be closed without a loss.
   */
  subscribe(
    subject: string,
    onMessage: (data: Uint8Array) => void,
    options?: {
      readonly group?: string | undefined;
      readonly abortSignal?: AbortSignal | undefined;
      readonly onError?: ((error: unknown) => void) | undefined;
    },
  ): Promise<AsyncDisposable>;
  /** Durable delivery. If absent, sharing a signal with `durable` is an error. */
  readonly durable?: DurableEngine | undefined;
}

/** Durable delivery: a message is kept until every group has handled it. */
export interface DurableEngine {
  /**
   * Called by each durable `share`, which rejects if this does. For requirements that do not depend on the server, such
   * as a package.
   */
  prepare?(): Promise<void>;
  /**
   * Resolves when the engine has stored the message. Messages of a subject without a group are kept for its first
   * group.
   */
  publish(subject: string, id: string, data: Uint8Array): Promise<void>;
  /**
   * Joins a group. From now on the group gets all messages, if necessary when one of its members is back. The first
   * group of a subject also gets the earlier messages.
   *
   * @param onMessage - Resolves when the message has been handled. Rejects if it must be delivered again, to any member
   * of the group, after the `delayMs` of the error if it has that ({@link RedeliverError}). `attempt` counts from 1; an
   * engine that does not count omits it.
   * @param options - `abortSignal`: as in {@link Engine.subscribe}, for a group that does not exist yet. `onError`:
   * must be called once, not repeatedly, when the server refuses requests of this consumer or does not answer. The
   * consumer keeps trying.
   * @returns Resolves when the group exists. Disposing waits for the messages being handled; it is called once.
   */
  consume(
    subject: string,
    group: string,
    onMessage: (data: Uint8Array, id: string, attempt?: number) => Promise<void>,
    options?: {
      readonly abortSignal?: AbortSignal | undefined;
      readonly onError?: ((error: unknown) => void) | undefined;
    },
  ): Promise<AsyncDisposable>;
}

/** The options of engines with durable delivery. An unknown name is a TypeError. */
export interface DurableEngineOptions {
  /**
   * After this time without a sign of life, in milliseconds, a member of a group counts as dead, and its messages go to
   * another member. A receiver may take longer, because its node gives signs of life. 1,000 or more, finite. Default:
   * 30,000.
   *
   * When a member closes, its remaining messages go to another member when they are due, including those that wait for
   * a retry. With Redis, where the members keep these times, this may take up to a third longer, and a longer retry
   * delay is shortened to `redeliverAfterMs`.
   */
  readonly redeliverAfterMs?: number | undefined;
}

/**
 * The options of {@link Bridge}.
 *
 * The names of namespaces, nodes, groups and shared signals become words of subjects, of at most 1,000 characters each.
 * A letter, a digit or `-` counts as one character, any other as three for each byte of its UTF-8. A longer name is a
 * RangeError. For a durable signal, namespace, signal and group may have 237 characters together, or 236 without a
 * group, because names in JetStream are limited to 255.
 */
export interface BridgeOptions {
  /** Only nodes with the same namespace are connected. */
  readonly namespace: string;
  /** The name of this node, unique among the live nodes. Default: host name, process id and a random part. */
  readonly node?: string | undefined;
  /**
   * The time limit of sends without `timeoutMs`: how long a silent node may take to answer, and the engine to store a
   * durable send. In milliseconds, 0 or more, or `Infinity` for no limit. Default: 5,000.
   */
  readonly timeoutMs?: number | undefined;
  /** The largest message, in bytes. At most `maxBytes` of the engine. Default: 1 MiB, or that of the engine if less. */
  readonly maxBytes?: number | undefined;
  /** The largest number of other nodes that this node keeps track of. Default: 10,000. */
  readonly maxNodes?: number | undefined;
  /**
   * Milliseconds between signs of life. A node that owes an answer is pinged at this interval, and counts as lost after
   * four silent intervals. For any other node its own interval counts, which is longer if there are many nodes. 10 or
   * more, finite; more than a minute counts as a minute. Default: 1,000.
   */
  readonly heartbeatMs?: number | undefined;
  /**
   * Called with bad input, once per kind and node, and with failures of the engine. Default: `console.error`. `null`:
   * silent.
   */
  readonly onError?: ((error: unknown) => void) | null | undefined;
}

/** The options of {@link Bridge.share}. An unknown name is a TypeError. */
export interface ShareOptions {
  /**
   * Each send goes to one of the nodes with the same group. It is the sender's own node if that is in the group and has
   * a receiver that matches. Otherwise it is a node that hears every send or, if there is none, one that may hear this
   * send.
   */
  readonly group?: string | undefined;
  /**
   * Delivers each send at least once to every group, even if all its members are down. The first group also gets
   * earlier sends. A node without a group only sends. Default: false.
   *
   * A send also calls the local receivers at once, without a `delivery`. If the node is in a group, it may also get its
   * own job. A member keeps its jobs while it has no receivers (waits and streams do not count), is muted, or its
   * manager is closing. If a server keeps the rest, a member asks for more only while it has fewer than 32 jobs. It
   * handles them when it has receivers again, and returns them when its bridge closes. A job that matches no filter of
   * the member's receivers counts as handled, so all members of a group should connect alike.
   */
  readonly durable?: boolean | undefined;
  /**
   * The largest number of deliveries of a job to a group. A job that has not succeeded by then is set aside, and
   * `onError` gets a {@link SetAsideError}. A whole number, 1 or more, or `Infinity`. Default: 10.
   *
   * The engine counts deliveries, and the count is checked before each one. Deliveries during which a node crashed
   * count, and so do those that a member returned when it closed.
   */
  readonly maxAttempts?: number | undefined;
  /**
   * A Standard Schema (zod, valibot, arktype…) that the kwargs of other nodes must satisfy. Receivers get its output.
   */
  readonly schema?: StandardSchemaV1 | undefined;
}

/** The options of {@link Bridge.ready}. */
export interface ReadyOptions {
  /** The number of nodes, this one included. */
  readonly nodes: number;
  /**
   * The time limit in milliseconds, after which `ready` rejects with a NotReadyError. 0 or more, or `Infinity` for no
   * limit. Default: `Infinity`.
   */
  readonly timeoutMs?: number | undefined;
}

/** The options of {@link Bridge.close}. An unknown name is a TypeError. */
export interface CloseOptions {
  /**
   * The time limit, in milliseconds, for pending answers and running receivers. 0 or more, or `Infinity` for no limit.
   * Default: the bridge's `timeoutMs`.
   */
  readonly timeoutMs?: number | undefined;
}
