import tapable from 'tapable';

export const about = {
  label: 'tapable',
  package: 'tapable',
};

export const bySignal = () => ({
  signal: () => new tapable.SyncHook(['kwargs']),
  connect: (hook, receiver) => hook.tap('receiver', receiver),
  emit: (hook, kwargs) => hook.call(kwargs),
});

export function byKey() {
  const hooks = new tapable.HookMap(() => new tapable.SyncHook(['kwargs']));
  return {
    connect: (key, receiver) => hooks.for(key).tap('receiver', receiver),
    emit: (key, kwargs) => hooks.get(key).call(kwargs),
  };
}
