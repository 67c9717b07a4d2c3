#!/usr/bin/env node
import { type InspectorJob, liveJobs, removeJob } from '../job-file.js';
import { type Action, USAGE, commandOf } from './arguments.js';
import { closeInspector, startInspector } from './attach.js';
import { isTaken } from './ports.js';
import { type Access, fetchSnapshot } from './snapshot.js';

// The command `signalbox`. It ends with 0; with 1 and one line if something cannot be done; with 2 for bad arguments.

/** Returns the jobs that somebody serves. Removes those left by a dead process whose id another one has now. */
async function servedJobs(): Promise<InspectorJob[]> {
  const jobs = liveJobs();
  const served = await Promise.all(jobs.map(({ url }) => isTaken(Number(new URL(url).port || 80))));
  for (const [index, job] of jobs.entries()) if (served[index] === false) removeJob(job);
  return jobs.filter((_job, index) => served[index]);
}

/** Returns the text to print. */
async function perform(pid: number, action: Action): Promise<string> {
  if (action === 'close') {
    await closeInspector(pid);
    return '';
  }
  const running = (await servedJobs()).find((job) => job.pid === pid);
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
      for (const { pid, url } of await servedJobs()) process.stdout.write(`${pid} ${url}\n`);
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
