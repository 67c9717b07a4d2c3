/**
 * The settings of a crawl, with the extensions it uses.
 */
import type { ExtensionClass } from 'signalbox/lifecycle';

import type { Crawler } from './crawler.js';
import { CloseAfterItems } from './extensions/close-after-items.js';
import { CoreStats } from './extensions/core-stats.js';
import { LogProgress } from './extensions/log-progress.js';
import { RetryUnavailable } from './extensions/retry-unavailable.js';
import { StayOnSite } from './extensions/stay-on-site.js';

export interface CrawlSettings {
  /** The extensions of a crawl with their order: lower numbers come first, null turns one off. */
  readonly extensions: ReadonlyMap<ExtensionClass<Crawler>, number | null>;
  /** Writes lines for people. */
  readonly log: (line: string) => void;
  /** Ends the crawl after this number of items. */
  readonly closeAfterItems?: number | undefined;
  /** How often a page that answers 503 is tried again. */
  readonly retryTimes?: number | undefined;
}

export const standardExtensions = new Map<ExtensionClass<Crawler>, number | null>([
  [CoreStats, 0],
  [StayOnSite, 100],
  [RetryUnavailable, 200],
  [LogProgress, 500],
  [CloseAfterItems, 900],
]);
