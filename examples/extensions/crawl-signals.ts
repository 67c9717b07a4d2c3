/** The signals of a crawl. The crawler sends them; an extension connects to those it needs. */
import type { Signal, SignalManager } from 'signalbox';

import type { Book, Spider } from './books-spider.js';

export interface CrawlRequest {
  readonly url: string;
  /** 1 for the first request of a page, more when it is tried again */
  readonly attempt: number;
}

export interface CrawlResponse {
  readonly request: CrawlRequest;
  readonly status: number;
  readonly body: string;
}

export interface CrawlSignals {
  /** The crawl begins. */
  readonly spiderOpened: Signal<{ spider: Spider }>;
  /** A request is about to be queued. A receiver that throws {@link IgnoreRequest} keeps it out. */
  readonly requestScheduled: Signal<{ request: CrawlRequest }>;
  /** A page, or an error page, has arrived. The key is its HTTP status. */
  readonly responseReceived: Signal<{ response: CrawlResponse }>;
  /** The spider has failed over a page. The crawl goes on with the next one. */
  readonly spiderError: Signal<{ response: CrawlResponse; error: unknown }>;
  /** The spider has found an item. */
  readonly itemScraped: Signal<{ item: Book }>;
  /** Nothing is queued. A receiver may schedule more; if none does, the crawl ends. */
  readonly spiderIdle: Signal<{ spider: Spider }>;
  /** The crawl has ended, and why. */
  readonly spiderClosed: Signal<{ spider: Spider; reason: string }>;
}

/** Thrown by a receiver of `request_scheduled` to skip a request. It is an answer, not a failure. */
export class IgnoreRequest extends Error {
  override readonly name = 'IgnoreRequest';
}

/** The signals of one crawl, on its own manager. */
export function createCrawlSignals(manager: SignalManager): CrawlSignals {
  return {
    spiderOpened: manager.signal('spider_opened'),
    requestScheduled: manager.signal('request_scheduled'),
    responseReceived: manager.signal('response_received'),
    spiderError: manager.signal('spider_error'),
    itemScraped: manager.signal('item_scraped'),
    spiderIdle: manager.signal('spider_idle'),
    spiderClosed: manager.signal('spider_closed'),
  };
}
