// The groups, in the order of the report. A new group is a file here and a line below.
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
 * @property {string[]} [execArgv] - what node is started with
 * @property {boolean} [processesStay] - all rounds of a contender in one process
 * @property {'nats' | 'redis'} [server] - the message server that it needs, started by the run
 * @property {(contender: object) => { warmUp(): unknown, measure(): unknown }} prepare - `measure` is one round: its
 *   figures by name, `ns` per operation or `bytes` per connection where there is one
 */

/** @type {Record<string, { title: string, about: string, scenarios: Scenario[] }>} */
export const groups = {
  emit: {
    title: 'emit: fire and forget',
    about: 'Nanoseconds per emit, sync receivers, no filters.',
    scenarios: emit,
  },
  send: {
    title: 'send: an outcome per receiver',
    about: 'Nanoseconds per awaited send, no filters.',
    scenarios: send,
  },
  filters: {
    title: 'Keys and senders: few match among many',
    about: 'Nanoseconds per send to a key or a sender drawn at random.',
    scenarios: filters,
  },
  churn: {
    title: 'Disconnect and connect',
    about: 'Nanoseconds for one disconnect and one connect.',
    scenarios: churn,
  },
  growth: {
    title: 'Growth: from 10 to 1,000,000 connected',
    about:
      'Nanoseconds per operation. An unfiltered emit calls everybody, so its cost is that of so many calls; by key and ' +
      'by sender one receiver matches. What is disconnected is drawn at random. A median hides the rare operation ' +
      'during which a table grows or is hashed anew; the highest rounds below show it.',
    scenarios: growth,
  },
  memory: {
    title: 'Memory: bytes per connection',
    about:
      'Heap per connection, its handle dropped unless there is no other way to disconnect. Functions, keys and senders ' +
      'are the program’s own and are not counted; an emitter per sender is.',
    scenarios: memory,
  },
  bus: {
    title: 'The bus: payloads through topics',
    about: 'Nanoseconds per payload published, all subscribers done; async subscribers.',
    scenarios: bus,
  },
  threads: {
    title: 'Threads: to a worker and back',
    about:
      'Nanoseconds per message to one worker thread. In the flood the worker takes nothing: ours keeps `maxQueued` emits ' +
      '(10,000) and drops the rest, the others keep all of them.',
    scenarios: threads,
  },
  bridge: {
    title: 'The bridge: sends to other processes',
    about:
      'Nanoseconds per awaited send, until all nodes have answered, beside the bare client of the same server; per emit, ' +
      'until all nodes have received it, a thousand at a time; bytes of a send and its answer, without what the server’s ' +
      'protocol adds. Each node is a process of its own on this machine.',
    scenarios: bridge,
  },
  presence: {
    title: 'Presence: what nodes say to know of each other',
    about:
      'Counts, not times: how many messages are published in one interval, which is 1 second, or 10 ms per node where that ' +
      'is more; how many each node hears in a second; and how many are published when one more node joins.',
    scenarios: presence,
  },
};
