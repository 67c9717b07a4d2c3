// The groups, in the order of the report. A new group is a file here, an entry below, and a section in text/groups.md.
import { scenarios as bridge } from './bridge.mjs';
import { scenarios as bus } from './bus.mjs';
import { scenarios as churn } from './churn.mjs';
import { scenarios as emit } from './emit.mjs';
import { scenarios as filters } from './filters.mjs';
import { scenarios as growth } from './growth.mjs';
import { scenarios as memory } from './memory.mjs';
import { scenarios as presence } from './presence.mjs';
import { scenarios as send } from './send.mjs';
import { scenarios as threads } from './threads.mjs';

/**
 * @typedef {object} Scenario
 * @property {string} id
 * @property {string} title
 * @property {string[]} contenders - files of `contenders/`, without their ending
 * @property {object[]} [goals] - from `goals.mjs`
 * @property {string} [series] - with `size`: one point of a line
 * @property {number} [size]
 * @property {string[]} [execArgv] - options of node
 * @property {boolean} [processesStay] - all rounds of a contender in one process
 * @property {'nats' | 'redis'} [server] - the message server that it needs; the run starts it
 * @property {(contender: object) => { warmUp(): unknown, measure(): unknown }} prepare - `measure` is one round: its
 *   figures by name, among them `ns` per operation or `bytes` per connection if it has one of them
 */

/** @type {Record<string, { title: string, scenarios: Scenario[] }>} */
export const groups = {
  emit: {
    title: 'emit: fire and forget',
    scenarios: emit,
  },
  send: {
    title: 'send: an outcome per receiver',
    scenarios: send,
  },
  filters: {
    title: 'Keys and senders: few match among many',
    scenarios: filters,
  },
  churn: {
    title: 'Disconnect and connect',
    scenarios: churn,
  },
  growth: {
    title: 'Growth: from 10 to 1,000,000 connected',
    scenarios: growth,
  },
  memory: {
    title: 'Memory: bytes per connection',
    scenarios: memory,
  },
  bus: {
    title: 'The bus: payloads through topics',
    scenarios: bus,
  },
  threads: {
    title: 'Threads: to a worker and back',
    scenarios: threads,
  },
  bridge: {
    title: 'The bridge: sends to other processes',
    scenarios: bridge,
  },
  presence: {
    title: 'Presence: messages between nodes',
    scenarios: presence,
  },
};

/** Whether all scenarios of a group are points of a line. */
export const isSeries = ({ scenarios }) => scenarios.every(({ series }) => series);
