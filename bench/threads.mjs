// The built threads, beside the core that is measured.
const core = process.env['BENCH_CORE'];
export const { ThreadHub, joinThreads } = await import(
  core ? new URL('threads.js', `file://${core}`).href : '../dist/threads.js'
);
