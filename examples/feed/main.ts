/**
 * Fetches a JSON feed until it gets SIGTERM, and loses no row that it has fetched:
 *
 * - a periodic task fetches, with the url and the secret injected, and publishes each page;
 * - a subscriber publishes the rows of a page one by one, and waits when the queues behind it are full;
 * - two subscribers take rows in batches: one stores them in a SQLite file, one indexes their words.
 *
 * Run it from the root of the package, with a feed of your own:
 *
 *     npm run build && npm run build:examples
 *     FEED_URL=http://127.0.0.1:8080/ FEED_SECRET=secret node examples/feed/main.js --file feed.db
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';

import { createFeed } from './feed.js';

const { values: options } = parseArgs({
  options: {
    file: { type: 'string', default: 'feed.db' },
    period: { type: 'string', default: '1000' },
  },
});

const terminated = once(process, 'SIGTERM');
const feed = createFeed({
  url: process.env['FEED_URL'] ?? 'http://127.0.0.1:8080/',
  secret: process.env['FEED_SECRET'] ?? '',
  file: options.file,
  periodMs: Number(options.period),
});

await feed.run(async () => {
  console.log('feed: started');
  await terminated;
  console.log('feed: stopping');
});
console.log('feed: stopped');
