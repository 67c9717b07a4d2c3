/**
 * A small crawler that is extended over signals, in the manner of Scrapy.
 *
 * - The crawler sends `spider_opened`, `request_scheduled`, `response_received`, `spider_error`, `item_scraped`,
 *   `spider_idle` and `spider_closed` (`crawl-signals.ts`); all that it does beyond fetching is done by extensions (`extensions/`).
 * - The settings list the extensions by number (`settings.ts`). Each makes itself in `from`, or throws
 *   `NotConfigured` and is left out.
 * - An extension keeps a request out by throwing `IgnoreRequest`; the crawler lists that error as `expected`, so it is
 *   an answer and no failure (`crawler.ts`).
 *
 * Run it from the root of the package; the site it crawls is its own (`site.ts`):
 *
 *     npm run build && npm run build:examples
 *     node examples/extensions/main.js --close-after-items 3 --inspect
 *
 * The log goes to stderr, the items and the stats, as JSON, to stdout.
 */
import { parseArgs } from 'node:util';

import { BooksSpider, type Book } from './books-spider.js';
import { Crawler } from './crawler.js';
import { standardExtensions } from './settings.js';
import { openSite } from './site.js';

const { values: options } = parseArgs({
  options: {
    'close-after-items': { type: 'string' },
    'close-after-errors': { type: 'string' },
    'close-after-ms': { type: 'string' },
    inspect: { type: 'boolean' },
    'retry-times': { type: 'string' },
  },
});

await using site = await openSite();

const crawler = new Crawler(new BooksSpider(site.url.href), {
  extensions: standardExtensions,
  log: (line) => console.error(line),
  autoclose: {
    items: numberOrNone(options['close-after-items']),
    errors: numberOrNone(options['close-after-errors']),
    timeMs: numberOrNone(options['close-after-ms']),
  },
  inspect: options.inspect,
  retryTimes: numberOrNone(options['retry-times']),
});

const items: Book[] = [];
crawler.signals.itemScraped.connect(({ item }) => items.push(item));

const reason = await crawler.crawl();
console.log(JSON.stringify({ reason, items, stats: crawler.stats }, null, 2));

function numberOrNone(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
