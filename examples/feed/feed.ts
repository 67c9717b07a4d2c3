/** A feed that is fetched again and again, stored and indexed. Every step is a subscriber or publisher of one bus. */
import type { SignalManager } from 'signalbox';
import { SignalBus, topic } from 'signalbox/bus';

import { openStore, type Row } from './store.js';

export interface FeedSettings {
  readonly url: string;
  readonly secret: string;
  /** The SQLite file. */
  readonly file: string;
  readonly periodMs: number;
}

/** @param manager - Carries the topics, for who wants to watch them. Default: a new one. */
export function createFeed(settings: FeedSettings, manager?: SignalManager): SignalBus {
  const bus = new SignalBus({ name: 'feed', manager });
  const pages = topic<Row[]>('pages');
  const rows = topic<Row>('rows');

  const url = (): string => settings.url;
  const secret = async (): Promise<string> => Promise.resolve(settings.secret);
  /** Opened by the first batch, closed after the last. */
  const store = () => openStore(settings.file);

  async function fetchPage(injected: { url: string; secret: string }): Promise<Row[]> {
    const response = await fetch(injected.url, { headers: { authorization: `Bearer ${injected.secret}` } });
    if (!response.ok) throw new Error(`The feed answered ${response.status}`);
    return (await response.json()) as Row[];
  }
  bus.periodicTask({ periodMs: settings.periodMs }, bus.publisher(pages, bus.inject({ url, secret }, fetchPage)));

  // A full queue makes this wait, and with it the publisher: no more is fetched than can be stored.
  async function splitPage(page: Row[]): Promise<void> {
    for (const row of page) await bus.publish(rows, row);
  }
  bus.subscriber(pages, splitPage, { concurrency: 1, limit: 1 });

  const batches = { maxItems: 20, maxWaitMs: 200, limit: 100, concurrency: 1 };
  const storeRows = bus.inject({ store }, (injected, batch: Row[]) => injected.store.addRows(batch), { scope: 'bus' });
  const indexWords = bus.inject({ store }, (injected, batch: Row[]) => injected.store.addWords(batch), {
    scope: 'bus',
  });
  bus.batchSubscriber(rows, storeRows, batches);
  bus.batchSubscriber(rows, indexWords, batches);

  return bus;
}
