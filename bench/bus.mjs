// The built bus entry beside the measured core.
const core = process.env['BENCH_CORE'];
export const { SignalBus } = await import(core ? new URL('bus.js', `file://${core}`).href : '../dist/bus.js');
