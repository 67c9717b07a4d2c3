import { bySignal as parallel } from './hookable.mjs';

export const about = {
  label: 'hookable, serial',
  package: 'hookable',
  how: '`callHook`: one receiver after the other, no results, nothing to await when all of them are sync',
};

export const bySignal = () => ({ ...parallel(), send: (hooks, kwargs) => hooks.callHook('event', kwargs) });
