import { EventEmitter } from 'node:events';
import { namePerSignal } from './emitters.mjs';

export const about = {
  label: 'node EventEmitter, names',
};

export const bySignal = namePerSignal(() => new EventEmitter().setMaxListeners(0));
