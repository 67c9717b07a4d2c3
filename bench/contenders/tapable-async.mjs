import tapable from 'tapable';

export const about = {
  label: 'tapable, async',
  package: 'tapable',
  asyncOnly: true,
};

export const bySignal = () => ({
  signal: () => new tapable.AsyncParallelHook(['kwargs']),
  connect: (hook, receiver) => hook.tapPromise('receiver', receiver),
  send: (hook, kwargs) => hook.promise(kwargs),
});
