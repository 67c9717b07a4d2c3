/** Shows how far it is: a bar that grows where there is a terminal, and elsewhere a line for every quarter. */
import type { WriteStream } from 'node:tty';
import type { Thumbnails } from './thumbnails.js';

const WIDTH = 30;

export function showProgress(
  { signals }: Pick<Thumbnails, 'signals'>,
  total: number,
  stream: NodeJS.WriteStream | WriteStream,
): void {
  const percents = new Map<string, number>();
  let shown = 0;
  signals.progressed.connect(function drawProgress({ source, percent }) {
    percents.set(source, percent);
    const share = [...percents.values()].reduce((sum, each) => sum + each, 0) / (100 * total);
    if (stream.isTTY) {
      const bar = '█'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '░');
      stream.write(`\r${bar} ${Math.round(share * 100)} %${share === 1 ? '\n' : ''}`);
    } else {
      for (; shown < Math.floor(share * 4); shown += 1) stream.write(`thumbnails: ${(shown + 1) * 25} %\n`);
    }
  });
}
