/** A node has died, or has lost its connection, before it answered. Whether its receivers were called is not known. */
export class NodeLostError extends Error {
  override readonly name = 'NodeLostError';
  readonly code = 'ERR_NODE_LOST';
  /** The node that gave no answer. */
  readonly node: string;
  constructor(node: string, signal: string) {
    super(`Node "${node}" was lost before it answered a send of signal "${signal}"`);
    this.node = node;
  }
}

/**
 * Kwargs, a key, a sender or a result can't cross to another node: not structured data, too large, or refused by the schema
 * there.
 */
export class PayloadError extends Error {
  override readonly name = 'PayloadError';
  readonly code = 'ERR_PAYLOAD';
  /**
   * What is wrong, in the words of the schema or of the encoder: `{ message, path }`. The path of the encoder is a text
   * that begins with `kwargs` or `result`, and the message has it, too: `kwargs.user.save`.
   */
  readonly issues: readonly unknown[];
  constructor(message: string, issues: readonly unknown[] = [], options?: ErrorOptions) {
    super(message, options);
    this.issues = issues;
  }
}

/** Fewer nodes than asked for shared what this one shares when the `timeoutMs` of `ready` had passed. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError';
  readonly code = 'ERR_NOT_READY';
  /** The nodes that did, this one included. */
  readonly nodes: readonly string[];
  /** The milliseconds it waited. */
  readonly timeoutMs: number;
  constructor(nodes: readonly string[], wanted: number, timeoutMs: number) {
    super(`${nodes.length} of ${wanted} nodes share the same signals after ${timeoutMs} ms: ${nodes.join(', ')}`);
    this.nodes = nodes;
    this.timeoutMs = timeoutMs;
  }
}

/** The bridge has been closed, or is closing: it shares nothing any more. */
export class BridgeClosedError extends Error {
  override readonly name = 'BridgeClosedError';
  readonly code = 'ERR_BRIDGE_CLOSED';
  constructor(node: string) {
    super(`The bridge of node "${node}" is closed`);
  }
}

/** What came in was not what a node of this library sends. It was dropped; no receiver saw it. */
export class BadInputError extends Error {
  override readonly name = 'BadInputError';
  readonly code = 'ERR_BAD_INPUT';
  /** What was wrong, the same words for all of a kind. */
  readonly kind: string;
  /** The node that it came from; undefined when that is not a node known here. */
  readonly node: string | undefined;
  constructor(kind: string, node: string | undefined, options?: ErrorOptions) {
    super(`Dropped a message from ${node === undefined ? 'an unknown node' : `node "${node}"`}: ${kind}`, options);
    this.kind = kind;
    this.node = node;
  }
}

/**
 * A durable delivery has been made `maxAttempts` times and not succeeded, or can't be read: it is kept under a subject of its
 * own. `cause` is the last failure; there is none if the deliveries ended with their nodes.
 */
export class SetAsideError extends Error {
  override readonly name = 'SetAsideError';
  readonly code = 'ERR_SET_ASIDE';
  /** The name of the signal. */
  readonly signal: string;
  readonly group: string;
  /** What receivers knew as `context.delivery.id`. */
  readonly id: string;
  /** Where it is kept: `engine.durable.consume` gives it out. */
  readonly subject: string;
  /** How many deliveries there were. */
  readonly attempts: number;
  constructor(signal: string, group: string, id: string, subject: string, attempts: number, options?: ErrorOptions) {
    super(`Durable delivery ${id} of signal "${signal}" has been set aside under ${subject}`, options);
    this.signal = signal;
    this.group = group;
    this.id = id;
    this.subject = subject;
    this.attempts = attempts;
  }
}

/** The consumer of a durable signal is refused something, or gets no answers. It goes on asking; `cause` is the reason. */
export class ConsumerError extends Error {
  override readonly name = 'ConsumerError';
  readonly code = 'ERR_CONSUMER';
  /** The name of the signal. */
  readonly signal: string;
  readonly group: string;
  constructor(signal: string, group: string, options: { readonly cause: unknown }) {
    super(`Group "${group}" may get no jobs of signal "${signal}": ${String(options.cause)}`, options);
    this.signal = signal;
    this.group = group;
  }
}

/** A server has not answered for a while, though its connection is open: another connection is made. */
export class EngineSilentError extends Error {
  override readonly name = 'EngineSilentError';
  readonly code = 'ERR_ENGINE_SILENT';
  /** The name of the engine. */
  readonly engine: string;
  readonly silentMs: number;
  constructor(engine: string, silentMs: number) {
    super(`The server of the engine ${engine} has not answered for ${silentMs} ms`);
    this.engine = engine;
    this.silentMs = silentMs;
  }
}

/** An engine needs a package that is not installed. */
export class MissingPackageError extends Error {
  override readonly name = 'MissingPackageError';
  readonly code = 'ERR_MISSING_PACKAGE';
  /** The name of the package. */
  readonly package: string;
  constructor(name: string, purpose: string, options?: ErrorOptions) {
    super(`${purpose} needs the package ${name}, which can't be loaded; install it`, options);
    this.package = name;
  }
}

/** Told to an engine: deliver this again, not before `delayMs` have passed. */
export class RedeliverError extends Error {
  override readonly name = 'RedeliverError';
  readonly code = 'ERR_REDELIVER';
  readonly delayMs: number;
  constructor(delayMs: number, options?: ErrorOptions) {
    super(`To be delivered again in ${delayMs} ms`, options);
    this.delayMs = delayMs;
  }
}
