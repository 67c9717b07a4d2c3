/** Counts what happens in a crawl. */
import type { CrawlResponse } from '../crawl-signals.js';
import type { Crawler } from '../crawler.js';
import type { Stats } from '../stats.js';

export class CoreStats {
  static from({ signals, stats }: Crawler): CoreStats {
    const extension = new CoreStats(stats);
    // Called after every other receiver, and so only for a request that none of them has kept out.
    signals.requestScheduled.connect(extension.countRequest, { priority: -1 });
    signals.responseReceived.connect(extension.countResponse);
    signals.itemScraped.connect(extension.countItem);
    signals.spiderClosed.connect(extension.noteReason);
    return extension;
  }

  private readonly stats: Stats;

  private constructor(stats: Stats) {
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

  private readonly noteReason = ({ reason }: { reason: string }): void => {
    this.stats.set('finish_reason', reason);
  };
}
