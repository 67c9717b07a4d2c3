import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { bundle } from './bundle.mjs';

const CHROMIUM = '/usr/bin/chromium';
const POLICY = "default-src 'none'; script-src 'self'";
const HTML = '<!doctype html><title>signalbox</title><script type="module" src="/page.js"></script>';
const entries = ['bridge', 'bus', 'memory'].map((name) => [`signalbox/${name}`, `/signalbox/dist/${name}.js`]);

/** Serves the page, its script and the files of the package, all under a policy that forbids code from strings. */
async function serve(installed) {
  const script = await bundle('page.mjs', {
    alias: { signalbox: '/signalbox/dist/index.js', ...Object.fromEntries(entries) },
    external: ['/signalbox/*'],
  });
  const server = createServer(({ url = '/' }, response) => {
    response.setHeader('content-security-policy', POLICY);
    response.setHeader('content-type', url === '/' ? 'text/html' : 'text/javascript');
    if (url === '/') response.end(HTML);
    else if (url === '/page.js') response.end(script);
    else if (/^\/signalbox\/dist\/[\w/-]+\.js$/.test(url)) response.end(readFileSync(path.join(installed, url)));
    else response.writeHead(404).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** Runs the smoke test in a page of Chromium. */
export async function chromiumPage(installed) {
  const server = await serve(installed);
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(600_000);
    const failed = new Promise((_resolve, reject) => page.on('pageerror', reject));
    failed.catch(() => undefined);
    await page.goto(server.url);
    const found = page.waitForFunction(() => globalThis.outcome, undefined, { polling: 100 });
    const outcome = await Promise.race([found, failed]);
    return { version: browser.version(), ...(await outcome.jsonValue()) };
  } finally {
    await browser.close();
    server.close();
  }
}
