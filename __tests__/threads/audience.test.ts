import { describe, expect, it } from '@jest/globals';
import { Stage, leavingNothing } from './threads.js';

leavingNothing();

describe('what is connected (T6)', () => {
  it('is known to all threads at once, before anything else that tells of it', async () => {
    const stage = new Stage(['ping']);
    const a = await stage.join('a');
    const b = await stage.join('b');
    for (let round = 0; round < 50; round += 1) {
      // Told on the workers' own ports, which know nothing of the order of other channels.
      await a.run('connect', 'ping', 'double');
      expect(await stage.signal('ping').send({ n: round })).toMatchObject([{ value: 2 * round }]);
      expect(await b.run('send', 'ping', { n: round })).toMatchObject([{ value: 2 * round }]);
      await a.run('disconnect', 'ping', 'double');
      expect(await b.run('send', 'ping', { n: round })).toEqual([]);
      const connection = stage.signal('ping').connect(() => 'here');
      expect(await b.run('send', 'ping', { n: round })).toMatchObject([{ value: 'here' }]);
      connection.disconnect();
    }
  });

  it('in a thread that has just been attached, is known to all that have joined before', async () => {
    const stage = new Stage(['ping']);
    const witness = await stage.join('witness');
    for (let count = 1; count <= 5; count += 1) {
      await stage.join(`thread ${count}`, { ping: 'double' });
      expect(await witness.run('send', 'ping', { n: 1 })).toHaveLength(count);
      expect(await witness.run('threads')).toHaveLength(count + 1);
    }
  });

  it('while sends are under way on all sides, by threads that join late, is never missed', async () => {
    const stage = new Stage(['ping', 'log']);
    const sender = await stage.join('sender');
    let joined = 0;
    const going = { on: true };
    const sending = (async () => {
      while (going.on) {
        const atLeast = joined;
        const results = (await sender.run('send', 'ping', { n: 1 })) as unknown[];
        expect(results.length).toBeGreaterThanOrEqual(atLeast);
      }
    })();
    for (let count = 1; count <= 5; count += 1) {
      await stage.join(`thread ${count}`, { ping: 'asyncDouble' });
      joined = count;
    }
    going.on = false;
    await sending;
  });
});
