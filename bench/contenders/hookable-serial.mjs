import { bySignal as parallel } from './hookable.mjs';

export const about = {
  label: 'hookable, serial',
  package: 'hookable',
};

export const bySignal = () => ({ ...parallel(), send: (hooks, kwargs) => hooks.callHook('event', kwargs) });
