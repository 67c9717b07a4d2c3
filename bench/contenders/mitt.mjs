import mitt from 'mitt';
import { emitterPerSignal, namePerKey } from './emitters.mjs';

export const about = { label: 'mitt', package: 'mitt' };

export const bySignal = emitterPerSignal(() => mitt());
export const byKey = namePerKey(() => mitt());
