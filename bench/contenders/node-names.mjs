import { EventEmitter } from 'node:events';
import { namePerSignal } from './emitters.mjs';

export const about = {
  label: 'node EventEmitter, names',
  how: 'one emitter, an event name per signal: what `manager.emit(signal)` is compared with',
};

export const bySignal = namePerSignal(() => new EventEmitter().setMaxListeners(0));
