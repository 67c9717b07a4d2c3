import { describe, expect, it } from '@jest/globals';
import { output, requireBuild, root } from '../helpers/package.js';

requireBuild();

/** What a process prints until it ends, which it must do by itself. */
async function linesOf(doing: string, then = '', program = 'alive.mjs'): Promise<string[]> {
  const file = `__tests__/threads/fixtures/${program}`;
  return (await output(process.execPath, [file, doing, then], root)).trimEnd().split('\n');
}

const ENDS = ['worker: nothing left to do', 'worker: exit', 'process: exit'];

describe('a link (T4)', () => {
  it.each(['nothing', 'disconnected', 'closed', 'sticky'])('does not keep its thread alive: %s', async (doing) => {
    expect(await linesOf(doing)).toEqual(ENDS);
  });

  it.each(['receiver', 'wait'])('keeps its thread alive for sends to come: %s', async (doing) => {
    const [idle, ...exits] = ENDS;
    expect(await linesOf(doing, 'end')).toEqual([idle, 'end', ...exits]);
  });

  it.each(['once', 'stream', 'wait'])(
    'keeps its thread alive until the send it waits for has come: %s',
    async (doing) => {
      const lines = await linesOf(doing, 'send');
      const sent = doing === 'once' ? 'sent 2' : 'sent 1';
      expect([...lines].sort()).toEqual(['process: exit', 'send', sent, ...ENDS.slice(0, 2)].sort());
      expect(lines.indexOf('send')).toBeLessThan(lines.indexOf('worker: exit'));
    },
  );

  it('keeps its thread alive until a send is answered, without any time limit', async () => {
    expect(await linesOf('asking')).toEqual(["asked [ 'answer' ]", ...ENDS]);
  });
});

describe('a hub (T4)', () => {
  it('does not keep its process alive', async () => {
    const lines = await linesOf('receiver', 'unref');
    expect(lines.filter((line) => line.endsWith('exit'))).toEqual(['process: exit']);
  });

  it('keeps it alive for the answer of a thread that has joined while another answer was awaited', async () => {
    expect(await linesOf('', '', 'alive-late.mjs')).toEqual(['answered: rejected, fulfilled']);
  });
});
