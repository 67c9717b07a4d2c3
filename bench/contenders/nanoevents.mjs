import { createNanoEvents } from 'nanoevents';
import { emitterPerSignal, namePerKey } from './emitters.mjs';

export const about = {
  label: 'nanoevents',
  package: 'nanoevents',
  disconnectsByHandleOnly: true,
};

const unbind = (_target, _receiver, unbindOne) => unbindOne();

export const bySignal = () => ({ ...emitterPerSignal(createNanoEvents)(), disconnect: unbind });
export const byKey = () => ({ ...namePerKey(createNanoEvents)(), disconnect: unbind });
