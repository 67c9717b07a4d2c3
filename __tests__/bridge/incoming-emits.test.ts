import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { FarAttachment } from '../../src/far/index.js';
import { PendingWork } from '../../src/internal/pending-work.js';
import { IncomingCalls } from '../../src/bridge/nodes/incoming-calls.js';
import { RemoteNode } from '../../src/bridge/nodes/node-table.js';
import { BridgeLog } from '../../src/bridge/wire/bridge-log.js';
import { type Message, decodeMessage } from '../../src/bridge/wire/envelope.js';
import { Publisher } from '../../src/bridge/wire/publisher.js';
import { deferred, flush } from '../helpers/promises.js';
import { CONTENT, callOf, hello, onWire } from '../helpers/stub-engine.js';

const messageOf = (data: Uint8Array) => decodeMessage(data, 10_000)?.message as Message;

describe('an emit of another node', () => {
  const peer = new RemoteNode(messageOf(onWire(hello())), 1);
  const emits = new PendingWork();
  const deliver = jest.fn<FarAttachment['deliver']>();
  const report = jest.fn<FarAttachment['report']>();
  let errors: string[];
  let calls: IncomingCalls;
  let id = 0;

  beforeEach(() => {
    errors = [];
    jest.resetAllMocks();
    const attachment = { deliver, report } as unknown as FarAttachment;
    calls = new IncomingCalls(
      {
        post: Object.create(Publisher.prototype) as Publisher, // nobody answers an emit
        log: new BridgeLog((error) => errors.push(String(error)), 'a', 10),
        underWay: new PendingWork(),
        emits,
        maxBytes: 10_000,
        timeoutMs: 1_000,
      },
      {
        callable: () => ({ attachment, inOrder: (_peer, kwargs, delivered) => delivered(kwargs) }),
        wasShared: () => false,
      },
    );
  });

  const emit = (): void => {
    calls.receive(messageOf(onWire(callOf((id += 1), { kind: 'emit' }), CONTENT)), CONTENT, peer);
  };

  it('is dropped and reported while 100,000 of that node have receivers at work (H7)', async () => {
    const work = deferred<never[]>();
    deliver.mockReturnValue(work.promise);
    peer.emits = 99_999;
    for (let time = 0; time < 3; time++) emit();
    expect([deliver.mock.calls.length, emits.size]).toEqual([1, 1]);
    expect(errors).toEqual(['BadInputError: Dropped a message from node "b": more calls in hand than a node may have']);
    work.resolve([]);
    await flush();
    expect([peer.emits, emits.size]).toEqual([99_999, 0]);
    emit();
    expect(deliver).toHaveBeenCalledTimes(2);
    await flush();
    peer.emits = 0;
  });

  it('that the signal here refuses is reported here (T3)', async () => {
    const refusal = new TypeError('not declared');
    deliver.mockRejectedValue(refusal);
    emit();
    await flush();
    expect(report.mock.calls.map(([error, name]) => [error, name])).toEqual([[refusal, 'b']]);
    expect([peer.emits, emits.size]).toEqual([0, 0]);
  });
});
