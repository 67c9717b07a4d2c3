/** Fetches pages one after another and sends signals about it. It refers to no extension by name. */
import { SignalManager, type SendResult } from 'signalbox';
import { loadExtensions } from 'signalbox/lifecycle';

import type { Book, ParsedPage, Spider } from './books-spider.js';
import { createCrawlSignals, IgnoreRequest, type CrawlRequest, type CrawlResponse } from './crawl-signals.js';
import type { CrawlSettings } from './settings.js';
import { StatsCollector } from './stats-collector.js';

export class Crawler {
  readonly manager = new SignalManager({ name: 'crawler' });
  readonly signals = createCrawlSignals(this.manager);
  readonly stats = new StatsCollector();
  readonly spider: Spider;
  readonly settings: CrawlSettings;

  private readonly queue: CrawlRequest[] = [];
  private readonly seenUrls = new Set<string>();
  private closeReason: string | undefined;

  constructor(spider: Spider, settings: CrawlSettings) {
    this.spider = spider;
    this.settings = settings;
  }

  /** Crawls to the end and resolves with the reason for it. */
  async crawl(): Promise<string> {
    const { signals, spider, settings } = this;
    await using _extensions = await loadExtensions<Crawler>(this, settings.extensions, {
      managers: [this.manager],
      onLeftOut: (name, { message }) => settings.log(`${name} is left out: ${message}`),
    });
    await signals.spiderOpened.send({ spider });
    await this.follow([spider.startUrl]);
    while (this.closeReason === undefined) {
      const request = this.queue.shift();
      if (request === undefined) await this.idle();
      else await this.visit(request);
    }
    await signals.spiderClosed.send({ spider, reason: this.closeReason });
    await this.manager.close();
    return this.closeReason;
  }

  /** Queues a request unless a receiver of `request_scheduled` objects. */
  async schedule(request: CrawlRequest): Promise<void> {
    const results = await this.signals.requestScheduled.sendSerial(
      { request },
      { until: isVeto, expected: [IgnoreRequest] },
    );
    if (!results.some(isVeto)) this.queue.push(request);
  }

  /** Ends the crawl after the current page or item. The first reason counts. */
  close(reason: string): void {
    this.closeReason ??= reason;
  }

  private async idle(): Promise<void> {
    await this.signals.spiderIdle.send({ spider: this.spider });
    if (this.queue.length === 0) this.close('finished');
  }

  private async visit(request: CrawlRequest): Promise<void> {
    const response = await this.download(request);
    if (response === undefined) return;
    await this.signals.responseReceived.send({ response }, { key: response.status });
    if (response.status !== 200) return;
    const { items, links } = await this.parse(response);
    await this.scrape(items);
    await this.follow(links);
  }

  private async parse(response: CrawlResponse): Promise<ParsedPage> {
    try {
      return this.spider.parse(response.request.url, response.body);
    } catch (error) {
      this.settings.log(`${response.request.url} could not be parsed: ${String(error)}`);
      await this.signals.spiderError.send({ response, error });
      return { items: [], links: [] };
    }
  }

  private async download(request: CrawlRequest): Promise<CrawlResponse | undefined> {
    try {
      const response = await fetch(request.url);
      return { request, status: response.status, body: await response.text() };
    } catch (error) {
      this.settings.log(`${request.url} could not be fetched: ${String(error)}`);
      return undefined;
    }
  }

  private async scrape(items: readonly Book[]): Promise<void> {
    for (const item of items) {
      if (this.closeReason !== undefined) return;
      await this.signals.itemScraped.send({ item });
    }
  }

  private async follow(urls: readonly string[]): Promise<void> {
    for (const url of urls) {
      if (this.closeReason !== undefined || this.seenUrls.has(url)) continue;
      this.seenUrls.add(url);
      await this.schedule({ url, attempt: 1 });
    }
  }
}

/** Only an IgnoreRequest keeps a request out; a receiver that fails by mistake does not. */
function isVeto(result: SendResult): boolean {
  return result.status === 'rejected' && result.reason instanceof IgnoreRequest;
}
