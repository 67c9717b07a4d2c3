import * as bridge from '../bridge.mjs';

export const about = {
  label: 'signalbox/bridge, memory',
  package: 'signalbox',
  ours: true,
};

export const newEngine = () => bridge.memoryEngine();
export const openNode = (engine, name) => bridge.openNode(engine, name, () => undefined);
