import { afterEach, describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { fromEmitter } from '../../src/interop/index.js';
import { DISPOSE } from '../../src/internal/dispose.js';
import { Nodes } from '../helpers/nodes.js';
import { Stage, eventually, leavingNothing } from '../threads/threads.js';

leavingNothing();

const kwargsOf = (n: number): { n: number } => ({ n });

describe('fromEmitter of a shared signal listens (X5)', () => {
  const nodes: Nodes[] = [];
  afterEach(() => Promise.all(nodes.splice(0).map((each) => each.close())));

  it('while another node hears it', async () => {
    const all = new Nodes();
    nodes.push(all);
    const [a, b] = [await all.add('a'), await all.add('b')];
    await a.bridge.ready({ nodes: 2 });
    const emitter = new EventEmitter();
    const source = fromEmitter(emitter, 'tick', a.x, kwargsOf);
    const listens = (count: number) => eventually(() => expect(emitter.listenerCount('tick')).toBe(count));
    expect(emitter.listenerCount('tick')).toBe(0);
    const seen: unknown[] = [];
    b.x.connect((kwargs) => void seen.push(kwargs), { key: 1 });
    await listens(1);
    emitter.emit('tick', 1);
    const connection = b.x.connect((kwargs) => void seen.push(kwargs));
    await a.bridge.ready({ nodes: 2 });
    emitter.emit('tick', 2);
    await eventually(() => expect(seen).toEqual([{ n: 2 }]));
    connection.disconnect();
    await b.bridge.close();
    await listens(0);
    source[DISPOSE]();
    expect(a.errors).toEqual([]);
  });

  it('while another thread hears it, and stops when that exits', async () => {
    const stage = new Stage(['ping']);
    const emitter = new EventEmitter();
    const listens = (count: number) => eventually(() => expect(emitter.listenerCount('tick')).toBe(count));
    const before = await stage.join('before', { ping: 'double' });
    const source = fromEmitter(emitter, 'tick', stage.signal('ping'), kwargsOf);
    expect(emitter.listenerCount('tick')).toBe(1);
    await before.run('disconnect', 'ping', 'double');
    await listens(0);
    const waiting = before.run('wait', 'ping');
    await listens(1);
    emitter.emit('tick', 1);
    expect(await waiting).toEqual({ n: 1 });
    await listens(0);
    const later = await stage.join('later', { ping: 'double' });
    await listens(1);
    await later.worker.terminate();
    await listens(0);
    source[DISPOSE]();
    await before.run('connect', 'ping', 'double');
    expect(await stage.signal('ping').send({ n: 2 })).toMatchObject([{ value: 4 }]);
    expect(emitter.listenerCount('tick')).toBe(0);
    expect(stage.reported).toEqual([]);
  });

  it('while another worker hears it', async () => {
    const stage = new Stage(['ping']);
    const [a, b] = [await stage.join('a'), await stage.join('b')];
    await a.run('feed', 'ping');
    expect(await a.run('listening')).toBe(false);
    await b.run('connect', 'ping', 'double');
    await eventually(async () => expect(await a.run('listening')).toBe(true));
    await b.run('disconnect', 'ping', 'double');
    await eventually(async () => expect(await a.run('listening')).toBe(false));
  });
});
