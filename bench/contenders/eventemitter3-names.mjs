import EventEmitter from 'eventemitter3';
import { namePerSignal } from './emitters.mjs';

export const about = {
  label: 'eventemitter3, names',
  package: 'eventemitter3',
};

export const bySignal = namePerSignal(() => new EventEmitter());
