import EventEmitter from 'eventemitter3';
import { emitterPerSender, emitterPerSignal, namePerKey } from './emitters.mjs';

export const about = {
  label: 'eventemitter3',
  package: 'eventemitter3',
};

const create = () => new EventEmitter();

export const bySignal = emitterPerSignal(create);
export const byKey = namePerKey(create);
export const bySender = emitterPerSender(create);
