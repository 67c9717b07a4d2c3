import type { ErrorNote, ReceiverRow, SeenSend, SignalRow } from '../../src/inspect/types.js';
import { FakeData, START_MS, receiverRow, seenSend, signalRow } from './fake-data.js';

// A process as it could be: a shop with some busy signals, a slow one, and one whose receivers fail.

/** A random number from 0 to 1, always the same sequence. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A minute of sends per second around a mean, with slow waves. */
export function historyOf(mean: number, random: () => number): number[] {
  const phase = random() * 7;
  return Array.from({ length: 60 }, (_, second) => {
    const wave = 1 + 0.4 * Math.sin(phase + second / 7) + 0.35 * (random() - 0.5);
    return Math.max(0, Math.round(mean * wave));
  });
}

const failed = (name: string, code: string | null, secondsAgo: number): ErrorNote => ({
  at: START_MS - secondsAgo * 1_000,
  name,
  code,
});

interface Plan {
  readonly name: string;
  readonly mean: number;
  readonly managerId?: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failures?: number;
  readonly inFlight?: number;
  readonly peers?: readonly string[];
  readonly receivers: readonly (readonly [name: string, more?: Partial<ReceiverRow>])[];
}

const PLANS: readonly Plan[] = [
  {
    name: 'request.started',
    mean: 1_840,
    p50Ms: 0.008,
    p99Ms: 0.061,
    receivers: [['countRequests'], ['startTrace'], ['limitRate', { filtered: true }]],
  },
  {
    name: 'request.finished',
    mean: 1_838,
    p50Ms: 0.011,
    p99Ms: 0.09,
    receivers: [['countRequests'], ['endTrace'], ['writeAccessLog', { p99Ms: 0.07 }]],
  },
  {
    name: 'order.placed',
    mean: 42,
    p50Ms: 18.2,
    p99Ms: 131,
    failures: 37,
    inFlight: 3,
    peers: ['warehouse-1', 'warehouse-2'],
    receivers: [
      ['reserveStock', { p50Ms: 9.1, p99Ms: 62 }],
      [
        'chargeCard',
        {
          p50Ms: 17.9,
          p99Ms: 131,
          failures: 37,
          inFlight: 3,
          lastFailure: failed('PaymentError', 'ERR_CARD_DECLINED', 4),
        },
      ],
      ['sendReceipt', { p50Ms: 2.3, p99Ms: 8.8 }],
      ['packBooks', { filtered: true, p50Ms: 0.41, p99Ms: 2.2 }],
      ['packMusic', { filtered: true, p50Ms: 0.39, p99Ms: 2 }],
      ['auditLog', { any: true, p50Ms: 0.02, p99Ms: 0.09 }],
      ['exportOrders', { kind: 'subscriber', p50Ms: 4.4, p99Ms: 12.7 }],
    ],
  },
  {
    name: 'order.shipped',
    mean: 11,
    p50Ms: 1.1,
    p99Ms: 6.4,
    peers: ['mailer'],
    receivers: [['notifyCustomer'], ['closeOrder']],
  },
  {
    name: 'stock.low',
    mean: 2,
    p50Ms: 240,
    p99Ms: 1_870,
    failures: 2,
    inFlight: 1,
    receivers: [
      [
        'reorder',
        { p50Ms: 238, p99Ms: 1_870, failures: 2, inFlight: 1, lastFailure: failed('TimeoutError', null, 96) },
      ],
      ['warnBuyer'],
    ],
  },
  { name: 'user.signedIn', mean: 17, p50Ms: 0.31, p99Ms: 1.9, receivers: [['loadProfile'], ['countSessions']] },
  { name: 'user.signedOut', mean: 6, p50Ms: 0.12, p99Ms: 0.7, receivers: [['dropSession']] },
  { name: 'cache.missed', mean: 310, p50Ms: 0.9, p99Ms: 4.2, receivers: [['fillCache'], ['countMisses']] },
  { name: 'search.typed', mean: 96, p50Ms: 0.05, p99Ms: 0.4, receivers: [['suggest', { filtered: true }]] },
  { name: 'payment.refunded', mean: 0, p50Ms: 44, p99Ms: 44, receivers: [['bookRefund'], ['mailRefund']] },
  {
    name: 'config.changed',
    mean: 0,
    managerId: 2,
    p50Ms: 0.02,
    p99Ms: 0.02,
    receivers: [['reloadLimits'], ['reloadTexts']],
  },
  { name: 'jobs.cleanup', mean: 1, managerId: 2, p50Ms: 61, p99Ms: 88, receivers: [['dropOldCarts']] },
  {
    name: 'shutdown',
    mean: 0,
    managerId: 2,
    p50Ms: 0,
    p99Ms: 0,
    receivers: [['closeServer'], ['closeDatabase'], ['flushLogs']],
  },
];

/** The rows of the shop's signals, with ids from 1 and receivers from 101. */
function shopSignals(random: () => number): SignalRow[] {
  let receiverId = 100;
  return PLANS.map(({ name, mean, receivers, ...more }, index) => {
    const history = historyOf(mean, random);
    const sends = Math.round(mean * 5_400 * (0.95 + random() / 10));
    const rows = receivers.map(([receiverName, rest = {}]) => {
      const calls = rest.filtered === true ? Math.round(sends * (0.2 + random() / 4)) : sends;
      const site = `/srv/shop/src/${name.split('.')[0] ?? 'app'}/receivers.ts:${12 + receiverId}:3`;
      const times = sends === 0 ? {} : { p50Ms: more.p50Ms / 3, p99Ms: more.p99Ms / 2 };
      receiverId += 1;
      return receiverRow(receiverId, receiverName, { calls, site, ...times, ...rest });
    });
    const times = sends === 0 ? { p50Ms: null, p99Ms: null } : {};
    return signalRow(index + 1, name, {
      ...more,
      ...times,
      sends,
      perSecond: history.at(-1) ?? 0,
      history,
      receivers: rows,
    });
  });
}

const KWARGS = [['order', 'customer'], ['order', 'customer', 'coupon'], ['request'], ['item', 'left']];

/** Kept sends of all signals, and live ones of those that have some. */
function shopSends(signals: readonly SignalRow[], random: () => number): Pick<FakeData, 'kept' | 'live'> {
  const rows = signals.filter(({ sends }) => sends > 0);
  const kept = Array.from({ length: 120 }, (_, index): SeenSend => {
    const signal = rows[Math.floor(random() ** 1.6 * rows.length)] ?? signalRow(1, 'none');
    const isOrder = signal.name === 'order.placed';
    const calls = signal.receivers
      .filter(({ filtered, kind }) => kind === 'receiver' && (!filtered || random() < 0.4))
      .map(({ id, name, failures, lastFailure }) => {
        const status = failures > 0 && random() < 0.3 ? 'rejected' : 'fulfilled';
        return { receiverId: id, name, status, error: status === 'rejected' ? lastFailure : null } as const;
      });
    return seenSend(1_000 + index, signal, {
      at: START_MS - (120 - index) * 37,
      durationMs: (signal.p50Ms ?? 1) * (0.5 + random() * 2),
      kind: (['emit', 'send', 'emit', 'serial', 'sync'] as const)[Math.floor(random() * (isOrder ? 2 : 5))] ?? 'emit',
      origin: random() < 0.1 ? 'remote' : 'local',
      kwargs: isOrder ? KWARGS[index % 2] : KWARGS[2 + (index % 2)],
      peers: signal.peers,
      calls,
    });
  });
  const live = signals.flatMap((signal) =>
    Array.from({ length: signal.inFlight }, (_, index): SeenSend => {
      const calls = signal.receivers.slice(0, 3).map(({ id, name, inFlight }) => {
        return { receiverId: id, name, status: inFlight > 0 ? 'pending' : 'fulfilled', error: null } as const;
      });
      const more = { at: START_MS - 20 + index * 7, durationMs: null, kwargs: KWARGS[0], peers: signal.peers, calls };
      return seenSend(2_000 + signal.id * 10 + index, signal, more);
    }),
  );
  return { kept, live };
}

const ORDER_REASONS = [
  'unfiltered',
  'unfiltered',
  'unfiltered',
  'key',
  'no matching sender or key',
  'any signal',
  'unfiltered',
] as const;

export function fakeShop(): FakeData {
  const random = randomFrom(7);
  const data = new FakeData();
  data.managers = [
    { id: 1, name: 'shop', pending: 4 },
    { id: 2, name: 'system', pending: 0 },
  ];
  data.peers = [
    { name: 'warehouse-1', kind: 'node', results: 226_140, failures: 0 },
    { name: 'warehouse-2', kind: 'node', results: 225_871, failures: 12 },
    { name: 'mailer', kind: 'thread', results: 59_402, failures: 0 },
    { name: 'reports', kind: null, results: 0, failures: 0 },
  ];
  const signals = shopSignals(random);
  data.set(...signals);
  Object.assign(data, shopSends(signals, random));
  const order = signals.find(({ name }) => name === 'order.placed');
  for (const send of [...data.kept, ...data.live]) {
    const receivers = signals.find(({ id }) => id === send.signalId)?.receivers ?? [];
    const why = receivers.map(({ id, name }, index) => {
      const because = send.signalId === order?.id ? (ORDER_REASONS[index] ?? 'unfiltered') : 'unfiltered';
      return { receiverId: id, name, called: because !== 'no matching sender or key', because };
    });
    const later = { receiverId: 900, name: 'askForReview', called: false, because: 'connected later' } as const;
    data.explanations.set(send.id, send.signalId === order?.id ? [...why, later] : why);
  }
  return data;
}

/** One more second: new counts in the rows of signals that are busy. */
export function passSecond(data: FakeData, random: () => number): void {
  data.at += 1_000;
  const busy = [...data.signals.values()].filter(({ history }) => history.some((sends) => sends > 0));
  data.set(
    ...busy.map((row) => {
      const mean = row.history.reduce((sum, sends) => sum + sends, 0) / 60;
      const perSecond = Math.round(mean * (0.7 + random() * 0.6));
      return { ...row, perSecond, sends: row.sends + perSecond, history: [...row.history.slice(1), perSecond] };
    }),
  );
}
