/** Tries pages that answered 503 again, once everything else is done. */
import { NotConfigured } from 'signalbox/lifecycle';

import type { CrawlRequest, CrawlResponse } from '../crawl-signals.js';
import type { Crawler } from '../crawler.js';

export class RetryUnavailable {
  static from(crawler: Crawler): RetryUnavailable {
    const { retryTimes } = crawler.settings;
    if (retryTimes === undefined) throw new NotConfigured('retryTimes is not set.');
    const extension = new RetryUnavailable(crawler, retryTimes);
    // The key of a response is its status: this receiver is called for no other.
    crawler.signals.responseReceived.connect(extension.remember, { key: 503 });
    crawler.signals.spiderIdle.connect(extension.scheduleAgain);
    return extension;
  }

  private readonly crawler: Crawler;
  private readonly retryTimes: number;
  private waiting: CrawlRequest[] = [];

  private constructor(crawler: Crawler, retryTimes: number) {
    this.crawler = crawler;
    this.retryTimes = retryTimes;
  }

  private readonly remember = ({ response }: { response: CrawlResponse }): void => {
    const { url, attempt } = response.request;
    if (attempt <= this.retryTimes) this.waiting.push({ url, attempt: attempt + 1 });
  };

  private readonly scheduleAgain = async (): Promise<void> => {
    const requests = this.waiting;
    this.waiting = [];
    for (const request of requests) {
      this.crawler.stats.increment('retry_count');
      await this.crawler.schedule(request);
    }
  };
}
