/** Keeps out requests that lead away from the site the crawl began on. */
import { IgnoreRequest, type CrawlRequest } from '../crawl-signals.js';
import type { Crawler } from '../crawler.js';

export class StayOnSite {
  static from(crawler: Crawler): StayOnSite {
    const extension = new StayOnSite(crawler);
    crawler.signals.requestScheduled.connect(extension.keepOutOtherHosts);
    return extension;
  }

  private readonly crawler: Crawler;
  private readonly host: string;

  private constructor(crawler: Crawler) {
    this.crawler = crawler;
    this.host = new URL(crawler.spider.startUrl).host;
  }

  private readonly keepOutOtherHosts = ({ request }: { request: CrawlRequest }): void => {
    const { host } = new URL(request.url);
    if (host === this.host) return;
    this.crawler.settings.log(`kept out ${request.url}`);
    this.crawler.stats.increment('offsite_request_count');
    throw new IgnoreRequest(`${host} is not ${this.host}`);
  };
}
