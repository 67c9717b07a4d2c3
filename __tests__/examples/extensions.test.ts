import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { record } from 'signalbox/testing';
import 'signalbox/testing/jest';

import type { Spider } from '../../examples/extensions/books-spider.js';
import { IgnoreRequest } from '../../examples/extensions/crawl-signals.js';
import { Crawler } from '../../examples/extensions/crawler.js';
import type { AutocloseLimits } from '../../examples/extensions/extensions/autoclose.js';
import { StayOnSite } from '../../examples/extensions/extensions/stay-on-site.js';
import { type CrawlSettings, standardExtensions } from '../../examples/extensions/settings.js';
import type { SignalToken } from '../../src/index.js';
import { type PictureOptions, picture } from '../../src/inspect/index.js';
import { ExampleProcess } from './example-process.js';

interface Crawl {
  readonly exitCode: number | null;
  readonly result: unknown;
  /** what the log says, each address without its origin */
  readonly log: readonly string[];
}

async function crawl(...args: readonly string[]): Promise<Crawl> {
  const { exitCode, lines, stderr } = await new ExampleProcess('extensions/main.js', args).exit;
  return {
    exitCode,
    result: JSON.parse(lines.join('\n')),
    log: stderr
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/http:\/\/127\.0\.0\.1:\d+/, '')),
  };
}

const poetry = [
  { title: 'Leaves of Grass', author: 'Walt Whitman', price: '€ 12.00' },
  { title: 'Sonnets from the Portuguese', author: 'Elizabeth Barrett Browning', price: '€ 9.50' },
];
const science = [
  { title: 'On the Origin of Species', author: 'Charles Darwin', price: '€ 15.00' },
  { title: 'Opticks', author: 'Isaac Newton', price: '€ 18.00' },
];
const moreScience = [{ title: 'Micrographia', author: 'Robert Hooke', price: '€ 21.00' }];
const newBooks = [{ title: 'Flatland & other dimensions', author: 'Edwin A. Abbott', price: '€ 8.00' }];

beforeEach(() => {
  jest.spyOn(globalThis, 'fetch').mockImplementation(() => Promise.resolve(new Response('a page')));
});

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

describe('examples/extensions', () => {
  it('crawls the whole site: items, stats, one request kept out, one page tried again when idle', async () => {
    const { exitCode, result, log } = await crawl('--retry-times', '1');

    expect(exitCode).toBe(0);
    expect(result).toEqual({
      reason: 'finished',
      items: [...poetry, ...science, ...moreScience, ...newBooks],
      stats: {
        request_count: 7,
        offsite_request_count: 1,
        'response_status_count/200': 5,
        'response_status_count/404': 1,
        'response_status_count/503': 1,
        retry_count: 1,
        item_scraped_count: 6,
        finish_reason: 'finished',
      },
    });
    expect(log).toEqual([
      'Inspector is left out: inspect is not set.',
      'Autoclose is left out: autoclose is not set.',
      'books: opened',
      '200 /',
      'kept out https://www.example.com/partners.html',
      '200 /poetry.html',
      'found Leaves of Grass by Walt Whitman, € 12.00',
      'found Sonnets from the Portuguese by Elizabeth Barrett Browning, € 9.50',
      '200 /science.html',
      'found On the Origin of Species by Charles Darwin, € 15.00',
      'found Opticks by Isaac Newton, € 18.00',
      '503 /new.html',
      '404 /closing-sale.html',
      '200 /science-2.html',
      'found Micrographia by Robert Hooke, € 21.00',
      '200 /new.html',
      'found Flatland & other dimensions by Edwin A. Abbott, € 8.00',
      'books: closed, finished',
    ]);
  });

  it('closes after the number of items in the settings', async () => {
    const { exitCode, result, log } = await crawl('--close-after-items', '3');

    expect(exitCode).toBe(0);
    expect(result).toEqual({
      reason: 'autoclose_itemcount',
      items: [...poetry, ...science.slice(0, 1)],
      stats: {
        request_count: 5,
        offsite_request_count: 1,
        'response_status_count/200': 3,
        item_scraped_count: 3,
        finish_reason: 'autoclose_itemcount',
      },
    });
    expect(log.slice(0, 2)).toEqual([
      'Inspector is left out: inspect is not set.',
      'RetryUnavailable is left out: retryTimes is not set.',
    ]);
    expect(log.at(-1)).toBe('books: closed, autoclose_itemcount');
  });

  it('opens the inspector with the crawl, and closes it with it', async () => {
    const { exitCode, log } = await crawl('--inspect');
    expect(exitCode).toBe(0);
    expect(log[0]).toMatch(/^inspector: \/#\S+$/);
  });

  it('closes after the time in the settings', async () => {
    jest.useFakeTimers();
    const { crawler, recording } = recorded({ autoclose: { timeMs: 5_000 } });
    crawler.signals.spiderOpened.connect(() => jest.advanceTimersByTime(5_000), { priority: -1 });
    expect(await crawler.crawl()).toBe('autoclose_timeout');
    expect(recording).not.toHaveSent(crawler.signals.requestScheduled);
    expect(recording).toHaveSent(crawler.signals.spiderClosed, { spider, reason: 'autoclose_timeout' });
    expect(crawler.stats.toJSON()).toEqual({ finish_reason: 'autoclose_timeout' });
  });

  it('stops its clock with the crawl', async () => {
    jest.useFakeTimers();
    const { crawler } = recorded({ autoclose: { timeMs: 5_000 } });
    expect(await crawler.crawl()).toBe('finished');
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each<[AutocloseLimits, string, number]>([
    [{}, 'finished', 2],
    [{ errors: 1 }, 'autoclose_errorcount', 1],
  ])('goes on after an error of the spider, and closes after %j', async (autoclose, reason, errors) => {
    const { crawler, recording } = recorded({ autoclose });
    expect(await crawler.crawl()).toBe(reason);
    expect(recording).toHaveSentTimes(crawler.signals.spiderError, errors);
    expect(crawler.stats.toJSON()['spider_exceptions/RangeError']).toBe(errors);
  });

  it('sends its signals in the order of a crawl, and only a request that leads away fails', async () => {
    const { crawler, recording } = recorded({ extensions: new Map([[StayOnSite, 0]]) });
    crawler.signals.spiderOpened.connect(() => crawler.schedule({ url: 'http://elsewhere.example/', attempt: 1 }));
    await crawler.crawl();
    const { spiderOpened, requestScheduled, responseReceived, spiderError, spiderIdle, spiderClosed } = crawler.signals;
    const visited = [responseReceived, spiderError];
    expect(recording.sends.map(({ signal }) => signal)).toEqual([
      ...[spiderOpened, requestScheduled, requestScheduled],
      ...[responseReceived, requestScheduled, requestScheduled],
      ...[...visited, ...visited, spiderIdle, spiderClosed],
    ]);
    expect(recording.failures).toEqual([
      { error: expect.any(IgnoreRequest), signal: requestScheduled, receiverName: 'keepOutOtherHosts', expected: true },
    ]);
  });
});

describe('the pictures of the crawler', () => {
  const drawn = async (options: (crawler: Crawler) => PictureOptions) => {
    let text = '';
    const parse = () => {
      text = picture(crawler.manager, options(crawler));
      return { items: [], links: [] };
    };
    const autoclose = { items: 3, errors: 3, timeMs: 60_000 };
    const crawler = new Crawler({ ...spider, parse }, { ...settings, autoclose });
    await crawler.crawl();
    return text;
  };
  const shownIn = (page: string) => /```mermaid\n([^]*?\n)```/.exec(readFileSync(page, 'utf8'))?.[1];

  it('are what the guide shows', async () => {
    expect(shownIn('guide/extension-hooks.md')).toBe(await drawn(() => ({})));
  });

  it('are what the README shows of two signals', async () => {
    const where = ({ signals }: Crawler) => {
      const shown: readonly SignalToken[] = [signals.itemScraped, signals.spiderClosed];
      return { where: (signal: SignalToken) => shown.includes(signal) };
    };
    expect(shownIn('README.md')).toBe(await drawn(where));
  });
});

const settings = { extensions: standardExtensions, log: () => undefined };

/** A crawler in this process, and what it sends. */
function recorded(changed: Partial<CrawlSettings>) {
  const crawler = new Crawler(spider, { ...settings, ...changed });
  return { crawler, recording: record(crawler.manager) };
}

/** Finds two pages, and fails over each. */
const spider: Spider = {
  name: 'books',
  startUrl: 'http://books.example/',
  parse: (url) => {
    if (url.endsWith('.html')) throw new RangeError('no books here');
    return { items: [], links: ['http://books.example/a.html', 'http://books.example/b.html'] };
  },
};
