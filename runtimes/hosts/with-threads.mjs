// Node, Bun and Deno: prints what came of it as the last line.
import { Checks, errorName } from '../checks.mjs';
import { smoke } from '../smoke.mjs';
import { threads } from '../threads.mjs';

const checks = new Checks();
const unhandled = [];
process.on('unhandledRejection', (reason) => unhandled.push(String(reason)));
if (process.execArgv.includes('--disallow-code-generation-from-strings')) {
  checks.equal(
    'code from strings is forbidden',
    errorName(() => new Function('return 1')),
    'EvalError',
  );
}
await smoke(checks);
await checks.run('threads', threads);
if (!('bun' in process.versions) && !('deno' in process.versions)) {
  const { channels } = await import('../channels.mjs');
  await checks.run('channels', channels);
}
checks.equal('rejections that nobody handles', unhandled, []);
console.log(JSON.stringify(checks.outcome));
// A part that hangs may keep the process alive.
process.exit();
