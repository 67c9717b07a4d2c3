import { createHooks } from 'hookable';

export const about = {
  label: 'hookable, parallel',
  package: 'hookable',
};

export const bySignal = () => ({
  signal: () => createHooks(),
  connect: (hooks, receiver) => hooks.hook('event', receiver),
  disconnect: (_hooks, _receiver, unregister) => unregister(),
  send: (hooks, kwargs) => hooks.callHookParallel('event', kwargs),
});
