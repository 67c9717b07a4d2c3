import tapable from 'tapable';

export const about = {
  label: 'tapable, async',
  package: 'tapable',
  how: 'an AsyncParallelHook per signal; resolves without results; nothing can be disconnected',
};

export const bySignal = () => ({
  signal: () => new tapable.AsyncParallelHook(['kwargs']),
  connect: (hook, receiver) => hook.tapPromise('receiver', receiver),
  send: (hook, kwargs) => hook.promise(kwargs),
});
