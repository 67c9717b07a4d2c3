// The built threads entry beside the measured core.
const core = process.env['BENCH_CORE'];
export const { ThreadHub, joinThreads } = await import(
  core ? new URL('threads.js', `file://${core}`).href : '../dist/threads.js'
);
