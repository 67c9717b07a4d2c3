// The built bus, beside the core that is measured.
const core = process.env['BENCH_CORE'];
export const { SignalBus } = await import(core ? new URL('bus.js', `file://${core}`).href : '../dist/bus.js');
