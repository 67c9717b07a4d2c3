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
import { parseArgs } from 'node:util';

import { Lifecycle } from 'signalbox/lifecycle';

import { createFeed } from './feed.js';

const { values: options } = parseArgs({
  options: {
    file: { type: 'string', default: 'feed.db' },
    period: { type: 'string', default: '1000' },
  },
});

const feed = createFeed({
  url: process.env['FEED_URL'] ?? 'http://127.0.0.1:8080/',
  secret: process.env['FEED_SECRET'] ?? '',
  file: options.file,
  periodMs: Number(options.period),
});

// As long as the bus itself allows for what it has fetched.
const lifecycle = new Lifecycle({ stopTimeoutMs: 120_000 });
void lifecycle.add(
  'feed',
  () => feed.start(),
  () => feed.stop(),
);
lifecycle.serverStarted.connect(() => console.log('feed: started'));
lifecycle.serverStopping.connect(() => console.log('feed: stopping'));
lifecycle.serverStopped.connect(() => console.log('feed: stopped'));
process.exitCode = await lifecycle.run();
