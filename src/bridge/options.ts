import {
  checkBoolean,
  checkFunction,
  checkKnown,
  checkLimit,
  checkMilliseconds,
  checkName,
  checkObject,
  checkOnError,
  argumentError,
} from '../internal/check.js';
import { nodeModule, randomId } from '../internal/runtime.js';
import type { SignalManager } from '../index.js';
import { checkManager } from '../signals/check-signal.js';
import { LONGEST_STORED, LONGEST_WORD, type Subjects, fitsSubject, wordOf } from './wire/subjects.js';
import type { BridgeOptions, CloseOptions, DurableEngine, Engine, ReadyOptions, ShareOptions } from './types.js';

// Checks the arguments of a bridge's methods before they do anything, and fills in defaults.

/** Checks the arguments of the constructor. */
export function checkBridge(manager: unknown, engine: unknown, options: BridgeOptions): void {
  checkManager(manager);
  checkEngine(engine);
  checkBridgeOptions(options);
}

function checkEngine(engine: unknown): void {
  if (typeof engine !== 'object' || engine === null)
    throw argumentError('engine', 'an engine, such as memoryEngine()', engine);
  const { name, maxBytes, maxSubjectLength, publish, subscribe } = engine as { readonly [K in keyof Engine]: unknown };
  checkName(name, 'engine.name');
  checkLimit(maxBytes, 'engine.maxBytes');
  checkLimit(maxSubjectLength, 'engine.maxSubjectLength');
  checkFunction(publish, 'engine.publish');
  checkFunction(subscribe, 'engine.subscribe');
}

/** Checks a name that becomes a word of a subject. Other nodes would drop messages with a longer one. */
function checkWord(name: string, parameter: string): void {
  checkName(name, parameter);
  if (fitsSubject(name)) return;
  const expectation = `to take at most ${LONGEST_WORD} characters as a word of a subject`;
  throw rangeError(parameter, expectation, wordOf(name).length);
}

function rangeError(parameter: string, expectation: string, got: number): RangeError {
  return new RangeError(`Expected \`${parameter}\` ${expectation}, got ${got}`);
}

const BRIDGE_OPTIONS = ['namespace', 'node', 'timeoutMs', 'maxBytes', 'maxNodes', 'heartbeatMs', 'onError'];

function checkBridgeOptions(options: BridgeOptions): void {
  checkKnown(options, BRIDGE_OPTIONS, 'Bridge');
  const { namespace, node, timeoutMs, maxBytes, maxNodes, heartbeatMs, onError } = options;
  checkWord(namespace, 'namespace');
  if (node !== undefined) checkWord(node, 'node');
  checkMilliseconds(timeoutMs, 'timeoutMs');
  checkLimit(maxBytes, 'maxBytes');
  checkLimit(maxNodes, 'maxNodes');
  checkMilliseconds(heartbeatMs, 'heartbeatMs', false);
  if (heartbeatMs !== undefined && heartbeatMs < 10) {
    throw new RangeError(`Expected \`heartbeatMs\` to be 10 or more, got number ${heartbeatMs}`);
  }
  checkOnError(onError);
}

/**
 * Returns a name of host name, process id and a random part. In a page, it has the site's host name and no process id.
 */
export function defaultNode(): string {
  const { process, location } = globalThis as {
    readonly process?: { readonly pid?: number };
    readonly location?: { readonly hostname?: string };
  };
  const os = nodeModule('node:os') as { readonly hostname: () => string } | undefined;
  const host = os?.hostname() ?? location?.hostname ?? 'host';
  return [host, process?.pid, randomId()].filter(Boolean).join('-');
}

const MEBIBYTE = 1_048_576;

/** @returns The largest message of a bridge over the engine. */
export function maxBytesOf(engine: Engine, maxBytes: number | undefined): number {
  const { name, maxBytes: most = Infinity } = engine;
  if (maxBytes !== undefined && maxBytes > most) {
    throw rangeError('maxBytes', `to be at most ${most}, as the engine ${name} takes`, maxBytes);
  }
  return maxBytes ?? Math.min(MEBIBYTE, most);
}

/** Checks the longest subjects of a bridge over the engine, but for durable ones. */
export function checkSubjects({ name, maxSubjectLength = Infinity }: Engine, subjects: readonly string[]): void {
  for (const { length } of subjects) {
    if (length <= maxSubjectLength) continue;
    const expectation = `to make subjects of at most ${maxSubjectLength} characters, as the engine ${name} takes`;
    throw rangeError('namespace` and `node', expectation, length);
  }
}

const SHARE_OPTIONS = ['group', 'durable', 'maxAttempts', 'schema'];

export function checkShareOptions(options: ShareOptions): void {
  checkKnown(options, SHARE_OPTIONS, 'share');
  const { group, durable, maxAttempts, schema } = options;
  if (group !== undefined) checkWord(group, 'group');
  checkBoolean(durable, 'durable');
  checkLimit(maxAttempts, 'maxAttempts');
  if (schema !== undefined && !isSchema(schema)) {
    throw argumentError('schema', 'a Standard Schema of version 1 (zod, valibot, arktype…)', schema);
  }
}

function isSchema(schema: unknown): boolean {
  const standard = (schema as { readonly ['~standard']?: unknown } | null)?.['~standard'];
  if (typeof standard !== 'object' || standard === null) return false;
  const { version, validate } = standard as { readonly version?: unknown; readonly validate?: unknown };
  return version === 1 && typeof validate === 'function';
}

/** @returns The signal's name. */
export function checkShareable(signal: unknown, manager: SignalManager): string {
  const { name, manager: owner } = (signal ?? {}) as { readonly name?: unknown; readonly manager?: unknown };
  if (typeof name !== 'string' || owner === undefined) {
    throw argumentError('signal', 'a Signal with a name', signal, '; nodes know a signal by its name');
  }
  checkWord(name, 'signal.name');
  if (owner !== manager) throw new TypeError(`Signal "${name}" belongs to another manager than the bridge`);
  return name;
}

/** @param group - The group that consumes; undefined if the node only sends. */
export function durableOf({ name, durable }: Engine, group: string | undefined): DurableEngine {
  if (durable === undefined)
    throw new TypeError(`The engine ${name} has no durable delivery; NATS with JetStream and Redis have it`);
  checkObject(durable, 'engine.durable');
  const { publish, consume } = durable as { readonly [K in keyof DurableEngine]: unknown };
  checkFunction(publish, 'engine.durable.publish');
  if (group !== undefined) checkFunction(consume, 'engine.durable.consume');
  return durable;
}

/** Checks the subjects of stored and set-aside messages, because streams are named after them. */
export function checkDurableNames(
  { maxSubjectLength = Infinity }: Engine,
  subjects: Subjects,
  signal: string,
  group: string | undefined,
): void {
  const longest = Math.min(LONGEST_STORED, maxSubjectLength);
  const lengths = {
    'signal.name': subjects.durable(signal).length,
    group: group === undefined ? 0 : subjects.aside(signal, group).length,
  };
  for (const [parameter, length] of Object.entries(lengths)) {
    if (length <= longest) continue;
    const expectation = `to leave a durable signal a subject of at most ${longest} characters`;
    throw rangeError(parameter, expectation, length);
  }
}

/** With the default filled in. */
export interface CheckedReadyOptions {
  readonly nodes: number;
  readonly timeoutMs: number;
}

export function checkReadyOptions(options: ReadyOptions): CheckedReadyOptions {
  checkKnown(options, ['nodes', 'timeoutMs'], 'ready');
  const { nodes, timeoutMs = Infinity } = options as Partial<ReadyOptions>;
  if (nodes === undefined) throw argumentError('nodes', 'a whole number, 1 or more', nodes);
  checkLimit(nodes, 'nodes');
  checkMilliseconds(timeoutMs, 'timeoutMs');
  return { nodes, timeoutMs };
}

export function checkCloseOptions(options: CloseOptions): number | undefined {
  checkKnown(options, ['timeoutMs'], 'close');
  const { timeoutMs } = options;
  checkMilliseconds(timeoutMs, 'timeoutMs');
  return timeoutMs;
}
