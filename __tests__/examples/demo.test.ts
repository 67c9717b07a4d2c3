import { expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { ExampleProcess } from './example-process.js';

it('examples/demo prints the same account every time, ends by itself and leaves no file behind', async () => {
  const temporary = await mkdtemp(path.join(tmpdir(), 'signalbox-test-'));
  const environment = { TMPDIR: temporary, NATS_URL: undefined, REDIS_URL: undefined };
  try {
    const { exitCode, lines, stderr } = await new ExampleProcess('demo.js', [], environment).exit;

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const account = await readFile(path.join(__dirname, 'demo-output.txt'), 'utf8');
    expect(withoutPortsAndPaths(lines)).toEqual(account.trimEnd().split('\n'));
    expect(await readdir(temporary)).toEqual([]);
  } finally {
    await rm(temporary, { recursive: true });
  }
});

function withoutPortsAndPaths(lines: readonly string[]): string[] {
  return lines.map((line) =>
    line
      .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
      .replace(/process \d+$/, 'process <id>')
      .replace(/port: [1-9]\d*/, 'port: <port>'),
  );
}
