/**
 * The settings of a crawl, with the extensions it uses.
 */
import type { ExtensionClass } from 'signalbox/lifecycle';

import type { Crawler } from './crawler.js';
import { Autoclose, type AutocloseLimits } from './extensions/autoclose.js';
import { Inspector } from './extensions/inspector.js';
import { LogProgress } from './extensions/log-progress.js';
import { RetryUnavailable } from './extensions/retry-unavailable.js';
import { Stats } from './extensions/stats.js';
import { StayOnSite } from './extensions/stay-on-site.js';

export interface CrawlSettings {
  /** The extensions of a crawl with their order: lower numbers come first, null turns one off. */
  readonly extensions: ReadonlyMap<ExtensionClass<Crawler>, number | null>;
  /** Writes lines for people. */
  readonly log: (line: string) => void;
  /** Ends the crawl at the first of these limits. */
  readonly autoclose?: AutocloseLimits | undefined;
  /** Opens the inspector while the crawl runs. */
  readonly inspect?: boolean | undefined;
  /** How often a page that answers 503 is tried again. */
  readonly retryTimes?: number | undefined;
}

export const standardExtensions = new Map<ExtensionClass<Crawler>, number | null>([
  [Inspector, 0],
  [Stats, 0],
  [StayOnSite, 100],
  [RetryUnavailable, 200],
  [LogProgress, 500],
  [Autoclose, 900],
]);
