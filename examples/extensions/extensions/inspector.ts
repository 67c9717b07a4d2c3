/** Opens the inspector of the crawl, as Scrapy opens its telnet console: a page with its signals, receivers and sends. */
import { inspect, type Inspector as SignalInspector } from 'signalbox/inspect';
import { NotConfigured } from 'signalbox/lifecycle';

import type { Crawler } from '../crawler.js';

export class Inspector implements AsyncDisposable {
  static async from({ manager, settings }: Crawler): Promise<Inspector> {
    if (settings.inspect !== true) throw new NotConfigured('inspect is not set.');
    const onReady = (url: string): void => settings.log(`inspector: ${url}`);
    return new Inspector(await inspect({ managers: [manager], onReady }));
  }

  private readonly inspector: SignalInspector;

  private constructor(inspector: SignalInspector) {
    this.inspector = inspector;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.inspector.close();
  }
}
