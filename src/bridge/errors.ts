/** A node exited or lost its connection before it answered. Its receivers may have been called or not. */
export class NodeLostError extends Error {
  override readonly name = 'NodeLostError';
  readonly code = 'ERR_NODE_LOST';
  /** The node that did not answer. */
  readonly node: string;
  constructor(node: string, signal: string) {
    super(`Node "${node}" was lost before it answered a send of signal "${signal}"`);
    this.node = node;
  }
}

/**
 * Kwargs, a key, a sender or a result cannot cross to another node: not structured data, too large, or rejected by the
 * schema of the other node.
 */
export class PayloadError extends Error {
  override readonly name = 'PayloadError';
  readonly code = 'ERR_PAYLOAD';
  /**
   * The faults, as `{ message, path }`, from the schema or the encoder. The path of the encoder is a string that begins
   * with `kwargs` or `result`, such as `kwargs.user.save`; the error message has it, too.
   */
  readonly issues: readonly unknown[];
  constructor(message: string, issues: readonly unknown[] = [], options?: ErrorOptions) {
    super(message, options);
    this.issues = issues;
  }
}

/** After the `timeoutMs` of `ready`, fewer nodes than requested shared all signals of this one. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError';
  readonly code = 'ERR_NOT_READY';
  /** The nodes that share all signals, this one included. */
  readonly nodes: readonly string[];
  /** The time limit in milliseconds. */
  readonly timeoutMs: number;
  constructor(nodes: readonly string[], wanted: number, timeoutMs: number) {
    super(`${nodes.length} of ${wanted} nodes share the same signals after ${timeoutMs} ms: ${nodes.join(', ')}`);
    this.nodes = nodes;
    this.timeoutMs = timeoutMs;
  }
}

/** The bridge is closed or closing, and shares no signals any more. */
export class BridgeClosedError extends Error {
  override readonly name = 'BridgeClosedError';
  readonly code = 'ERR_BRIDGE_CLOSED';
  constructor(node: string) {
    super(`The bridge of node "${node}" is closed`);
  }
}

/** A message was malformed or not allowed. It was dropped, and no receiver got it. */
export class BadInputError extends Error {
  override readonly name = 'BadInputError';
  readonly code = 'ERR_BAD_INPUT';
  /** The fault. Faults of one kind have the same words. */
  readonly kind: string;
  /** The node that sent it; undefined if the node is not known. */
  readonly node: string | undefined;
  constructor(kind: string, node: string | undefined, options?: ErrorOptions) {
    super(`Dropped a message from ${node === undefined ? 'an unknown node' : `node "${node}"`}: ${kind}`, options);
    this.kind = kind;
    this.node = node;
  }
}

/**
 * A job failed `maxAttempts` times or cannot be read. It is kept under a subject of its own. `cause` is the last
 * failure; there is none if the nodes exited during the deliveries.
 */
export class SetAsideError extends Error {
  override readonly name = 'SetAsideError';
  readonly code = 'ERR_SET_ASIDE';
  /** The name of the signal. */
  readonly signal: string;
  /** The name of the group. */
  readonly group: string;
  /** The `context.delivery.id` of the job. */
  readonly id: string;
  /** The subject that keeps it. `engine.durable.consume` delivers it. */
  readonly subject: string;
  /** The number of deliveries. */
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

/**
 * The server refuses requests of a durable signal's consumer, or does not answer. The consumer keeps trying; `cause` is
 * the reason.
 */
export class ConsumerError extends Error {
  override readonly name = 'ConsumerError';
  readonly code = 'ERR_CONSUMER';
  /** The name of the signal. */
  readonly signal: string;
  /** The name of the group. */
  readonly group: string;
  constructor(signal: string, group: string, options: { readonly cause: unknown }) {
    super(`Group "${group}" may get no jobs of signal "${signal}": ${String(options.cause)}`, options);
    this.signal = signal;
    this.group = group;
  }
}

/**
 * A server does not answer, although its connection may look open. As the `cause` of a {@link ConsumerError}: the engine
 * opens another connection for the durable signal. Otherwise none of the messages of this node has come back to it for
 * four signs of life. Until they do, sends between it and other nodes may be lost, and only the client can connect
 * again. Reported once until a message comes back.
 */
export class EngineSilentError extends Error {
  override readonly name = 'EngineSilentError';
  readonly code = 'ERR_ENGINE_SILENT';
  /** The name of the engine. */
  readonly engine: string;
  /** How long the server has not answered, in milliseconds. */
  readonly silentMs: number;
  constructor(engine: string, silentMs: number) {
    super(`The server of the engine ${engine} has not answered for ${silentMs} ms`);
    this.engine = engine;
    this.silentMs = silentMs;
  }
}

/** A server refused a subscription that was in force before, or ended the connection with a reason. */
export class EngineRefusedError extends Error {
  override readonly name = 'EngineRefusedError';
  readonly code = 'ERR_ENGINE_REFUSED';
  /** The name of the engine. */
  readonly engine: string;
  /** The reason, by the numbers of the protocol: 135 of MQTT means that the user lacks the right. */
  readonly reasonCode: number;
  constructor(engine: string, what: string, reasonCode: number) {
    super(`The server of the engine ${engine} refused ${what}: reason code ${reasonCode}`);
    this.engine = engine;
    this.reasonCode = reasonCode;
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

/** Asks the engine to deliver the message again after `delayMs` or later. */
export class RedeliverError extends Error {
  override readonly name = 'RedeliverError';
  readonly code = 'ERR_REDELIVER';
  /** The least time until the next delivery, in milliseconds. */
  readonly delayMs: number;
  constructor(delayMs: number, options?: ErrorOptions) {
    super(`To be delivered again in ${delayMs} ms`, options);
    this.delayMs = delayMs;
  }
}
