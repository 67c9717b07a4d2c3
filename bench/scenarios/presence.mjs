/* global setImmediate */
// The messages by which nodes learn of each other. Counted, over the memory engine and a mocked clock.
import { mock } from 'node:test';
import { atMostOwn } from '../goals.mjs';

const HEARTBEAT_MS = 1_000;

function counted(engine) {
  const tally = { published: 0, heard: 0 };
  const publish = (subject, data) => {
    tally.published += 1;
    return engine.publish(subject, data);
  };
  const subscribe = (subject, onMessage) =>
    engine.subscribe(subject, (data) => {
      tally.heard += 1;
      onMessage(data);
    });
  return { tally, engine: { ...engine, publish, subscribe } };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

function presence(size) {
  return {
    id: `presence-${size}`,
    title: `presence, ${size.toLocaleString('en')} nodes`,
    series: 'nodes',
    size,
    contenders: ['signalbox-memory'],
    goals:
      size === 10 ? [] : [atMostOwn(10, `presence-${size / 10}`, `the messages per interval of ${size / 10} nodes`)],
    // Every node keeps a record of every other one. The mocked clock is experimental in Node 20.
    execArgv: ['--max-old-space-size=6000', '--disable-warning=ExperimentalWarning'],
    async prepare({ newEngine, openNode }) {
      mock.timers.enable({ apis: ['setInterval', 'setTimeout', 'Date'] });
      const { tally, engine } = counted(newEngine());
      async function join(index) {
        await openNode(engine, `node-${index}`);
        await settled();
      }
      for (let index = 1; index < size; index++) await join(index);
      const before = tally.published;
      await join(size);
      const joining = tally.published - before;

      // An interval is the time between two heartbeats of a node. It grows with the number of nodes.
      async function measure() {
        const start = { ...tally };
        let intervalMs = 0;
        do {
          mock.timers.tick(HEARTBEAT_MS);
          await settled();
          intervalMs += HEARTBEAT_MS;
        } while (tally.published - start.published < size);
        return {
          'messages per interval': tally.published - start.published,
          'heard per node and second': (tally.heard - start.heard) / size / (intervalMs / 1_000),
          'messages when one joins': joining,
        };
      }
      return { warmUp: measure, measure };
    },
  };
}

export const scenarios = [10, 100, 1_000].map(presence);
