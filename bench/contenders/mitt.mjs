import mitt from 'mitt';
import { emitterPerSignal, namePerKey } from './emitters.mjs';

export const about = { label: 'mitt', package: 'mitt', how: 'an emitter per signal; an event name per key' };

export const bySignal = emitterPerSignal(() => mitt());
export const byKey = namePerKey(() => mitt());
