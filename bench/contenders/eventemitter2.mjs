import EventEmitter2 from 'eventemitter2';
import { emitterPerSignal, namePerKey } from './emitters.mjs';

export const about = {
  label: 'EventEmitter2',
  package: 'eventemitter2',
};

const create = () => new EventEmitter2({ maxListeners: 0 });

export const bySignal = () => ({
  ...emitterPerSignal(create)(),
  send: (emitter, kwargs) => emitter.emitAsync('event', kwargs),
});
export const byKey = namePerKey(create);
