/** Tells people what the crawl is doing. */
import type { Book, Spider } from '../books-spider.js';
import type { CrawlResponse } from '../crawl-signals.js';
import type { Crawler } from '../crawler.js';

export class LogProgress {
  static from({ settings, signals }: Crawler): LogProgress {
    const extension = new LogProgress(settings.log);
    signals.spiderOpened.connect(extension.logOpening);
    signals.responseReceived.connect(extension.logResponse);
    signals.itemScraped.connect(extension.logItem);
    signals.spiderClosed.connect(extension.logClosing);
    return extension;
  }

  private readonly log: (line: string) => void;

  private constructor(log: (line: string) => void) {
    this.log = log;
  }

  private readonly logOpening = ({ spider }: { spider: Spider }): void => {
    this.log(`${spider.name}: opened`);
  };

  private readonly logResponse = ({ response }: { response: CrawlResponse }): void => {
    this.log(`${response.status} ${response.request.url}`);
  };

  private readonly logItem = ({ item }: { item: Book }): void => {
    this.log(`found ${item.title} by ${item.author}, ${item.price}`);
  };

  private readonly logClosing = ({ spider, reason }: { spider: Spider; reason: string }): void => {
    this.log(`${spider.name}: closed, ${reason}`);
  };
}
