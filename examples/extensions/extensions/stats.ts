/** Counts what happens in a crawl, under the names of Scrapy. */
import type { CrawlResponse } from '../crawl-signals.js';
import type { Crawler } from '../crawler.js';
import type { StatsCollector } from '../stats-collector.js';

export class Stats {
  static from({ signals, stats }: Crawler): Stats {
    const extension = new Stats(stats);
    // Called after every other receiver, and so only for a request that none of them has kept out.
    signals.requestScheduled.connect(extension.countRequest, { priority: -1 });
    signals.responseReceived.connect(extension.countResponse);
    signals.itemScraped.connect(extension.countItem);
    signals.spiderError.connect(extension.countError);
    signals.spiderClosed.connect(extension.noteReason);
    return extension;
  }

  private readonly stats: StatsCollector;

  private constructor(stats: StatsCollector) {
    this.stats = stats;
  }

  private readonly countRequest = (): void => {
    this.stats.increment('request_count');
  };

  private readonly countResponse = ({ response }: { response: CrawlResponse }): void => {
    this.stats.increment(`response_status_count/${response.status}`);
  };

  private readonly countItem = (): void => {
    this.stats.increment('item_scraped_count');
  };

  private readonly countError = ({ error }: { error: unknown }): void => {
    this.stats.increment(`spider_exceptions/${error instanceof Error ? error.name : typeof error}`);
  };

  private readonly noteReason = ({ reason }: { reason: string }): void => {
    this.stats.set('finish_reason', reason);
  };
}
