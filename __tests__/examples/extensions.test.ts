import { describe, expect, it } from '@jest/globals';

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
      'CloseAfterItems is left out: closeAfterItems is not set.',
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
      reason: 'item limit reached',
      items: [...poetry, ...science.slice(0, 1)],
      stats: {
        request_count: 5,
        offsite_request_count: 1,
        'response_status_count/200': 3,
        item_scraped_count: 3,
        finish_reason: 'item limit reached',
      },
    });
    expect(log.at(0)).toBe('RetryUnavailable is left out: retryTimes is not set.');
    expect(log.at(-1)).toBe('books: closed, item limit reached');
  });
});
