#!/usr/bin/env node
import { liveJobs } from '../job-file.js';
import { type Action, USAGE, commandOf } from './arguments.js';
import { closeInspector, startInspector } from './attach.js';
import { type Access, fetchSnapshot } from './snapshot.js';

// The command `signalbox`. It ends with 0; with 1 and one line if something cannot be done; with 2 for bad arguments.

/** Returns the text to print. */
async function perform(pid: number, action: Action): Promise<string> {
  const running = liveJobs().find((job) => job.pid === pid);
  if (action === 'close') {
    await closeInspector(pid);
    return '';
  }
  const access: Access = running ?? (await startInspector(pid));
  // Also shows that it still answers.
  const snapshot = await fetchSnapshot(access);
  return action === 'snapshot' ? snapshot : access.url;
}

async function main(args: readonly string[]): Promise<number> {
  const command = commandOf(args);
  switch (command?.name) {
    case undefined:
      process.stderr.write(USAGE);
      return 2;
    case 'help':
      process.stdout.write(USAGE);
      return 0;
    case 'list':
      for (const { pid, url } of liveJobs()) process.stdout.write(`${pid} ${url}\n`);
      return 0;
    case 'inspect': {
      const text = await perform(command.pid, command.action);
      if (text !== '') process.stdout.write(`${text}\n`);
      return 0;
    }
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
    process.stderr.write(`signalbox: ${line}\n`);
    process.exitCode = 1;
  },
);
