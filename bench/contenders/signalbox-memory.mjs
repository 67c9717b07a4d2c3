import * as bridge from '../bridge.mjs';

export const about = {
  label: 'signalbox/bridge, memory',
  package: 'signalbox',
  how: 'so many bridges over one `memoryEngine()`, each of which shares one signal and has a receiver connected to it',
  ours: true,
};

export const newEngine = () => bridge.memoryEngine();
export const openNode = (engine, name) => bridge.openNode(engine, name, () => undefined);
