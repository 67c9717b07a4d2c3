/** Ends the crawl when it has found enough. */
import { NotConfigured } from 'signalbox/lifecycle';

import type { Crawler } from '../crawler.js';

export class CloseAfterItems {
  static from(crawler: Crawler): CloseAfterItems {
    const { closeAfterItems } = crawler.settings;
    if (closeAfterItems === undefined) throw new NotConfigured('closeAfterItems is not set.');
    const extension = new CloseAfterItems(crawler, closeAfterItems);
    crawler.signals.itemScraped.connect(extension.countDown);
    return extension;
  }

  private readonly crawler: Crawler;
  private remaining: number;

  private constructor(crawler: Crawler, limit: number) {
    this.crawler = crawler;
    this.remaining = limit;
  }

  private readonly countDown = (): void => {
    this.remaining -= 1;
    if (this.remaining === 0) this.crawler.close('item limit reached');
  };
}
