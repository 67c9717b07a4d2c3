import EventEmitter from 'eventemitter3';
import { namePerSignal } from './emitters.mjs';

export const about = {
  label: 'eventemitter3, names',
  package: 'eventemitter3',
  how: 'one emitter, an event name per signal: what `manager.emit(signal)` is compared with',
};

export const bySignal = namePerSignal(() => new EventEmitter());
