import { EventEmitter } from 'node:events';
import { emitterPerSender, emitterPerSignal, namePerKey } from './emitters.mjs';

export const about = {
  label: 'node EventEmitter',
};

/** Without the warning at the eleventh receiver. */
const create = () => new EventEmitter().setMaxListeners(0);

export const bySignal = emitterPerSignal(create);
export const byKey = namePerKey(create);
export const bySender = emitterPerSender(create);
