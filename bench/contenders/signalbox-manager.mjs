import { bySignal as bySignalFacade, manager } from './signalbox.mjs';

export const about = {
  label: 'signalbox, manager',
  package: 'signalbox',
  ours: true,
};

export const bySignal = () => ({ ...bySignalFacade(), emit: (signal, kwargs) => manager.emit(signal, kwargs) });
