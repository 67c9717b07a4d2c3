/** Ends the crawl after a number of items or errors, or after a time, like Scrapy's CloseSpider. */
import { NotConfigured } from 'signalbox/lifecycle';

import type { Crawler } from '../crawler.js';

export interface AutocloseLimits {
  readonly items?: number | undefined;
  /** errors of the spider */
  readonly errors?: number | undefined;
  readonly timeMs?: number | undefined;
}

export class Autoclose implements Disposable {
  static from(crawler: Crawler): Autoclose {
    const { autoclose = {} } = crawler.settings;
    if (Object.values(autoclose).every((limit) => limit === undefined))
      throw new NotConfigured('autoclose is not set.');
    const extension = new Autoclose(crawler, autoclose);
    crawler.signals.spiderOpened.connect(extension.closeAfterTime);
    crawler.signals.itemScraped.connect(extension.closeAfterItems);
    crawler.signals.spiderError.connect(extension.closeAfterErrors);
    return extension;
  }

  private readonly crawler: Crawler;
  private readonly limits: AutocloseLimits;
  private items = 0;
  private errors = 0;
  private timer: NodeJS.Timeout | undefined;

  private constructor(crawler: Crawler, limits: AutocloseLimits) {
    this.crawler = crawler;
    this.limits = limits;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.timer);
  }

  private readonly closeAfterTime = (): void => {
    const { timeMs } = this.limits;
    if (timeMs !== undefined) this.timer = setTimeout(() => this.crawler.close('autoclose_timeout'), timeMs);
  };

  private readonly closeAfterItems = (): void => {
    if (++this.items === this.limits.items) this.crawler.close('autoclose_itemcount');
  };

  private readonly closeAfterErrors = (): void => {
    if (++this.errors === this.limits.errors) this.crawler.close('autoclose_errorcount');
  };
}
