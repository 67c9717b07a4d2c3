/* global Event, EventTarget */
import { setMaxListeners } from 'node:events';

export const about = {
  label: 'EventTarget',
};

class KwargsEvent extends Event {
  constructor(type, kwargs) {
    super(type);
    this.value = kwargs.value;
  }
}

/** Without node's warning at the eleventh receiver. */
function newTarget() {
  const target = new EventTarget();
  setMaxListeners(0, target);
  return target;
}

export const bySignal = () => ({
  signal: newTarget,
  connect: (target, receiver) => target.addEventListener('event', receiver),
  disconnect: (target, receiver) => target.removeEventListener('event', receiver),
  emit: (target, kwargs) => target.dispatchEvent(new KwargsEvent('event', kwargs)),
});

export function byKey() {
  const target = newTarget();
  return {
    connect: (key, receiver) => target.addEventListener(key, receiver),
    disconnect: (key, receiver) => target.removeEventListener(key, receiver),
    emit: (key, kwargs) => target.dispatchEvent(new KwargsEvent(key, kwargs)),
  };
}
