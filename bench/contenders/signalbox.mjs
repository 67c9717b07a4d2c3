import { Signal, SignalManager } from '../core.mjs';

export const about = {
  label: 'signalbox',
  package: 'signalbox',
  ours: true,
};

/** Reports nothing, because the cost of writing to the console is not the library's. */
export const manager = new SignalManager({ onError: null });

export const bySignal = () => ({
  signal: (name) => new Signal({ name, manager }),
  connect: (signal, receiver) => signal.connect(receiver),
  disconnect: (_signal, _receiver, connection) => connection.disconnect(),
  emit: (signal, kwargs) => signal.emit(kwargs),
  send: (signal, kwargs) => signal.send(kwargs),
});

export function byKey() {
  const signal = new Signal({ name: 'keyed', manager });
  return {
    connect: (key, receiver) => signal.connect(receiver, { key }),
    connectUnfiltered: (receiver) => signal.connect(receiver),
    disconnect: (_key, _receiver, connection) => connection.disconnect(),
    emit: (key, kwargs) => signal.emit(kwargs, { key }),
    send: (key, kwargs) => signal.send(kwargs, { key }),
  };
}

export function bySender() {
  const signal = new Signal({ name: 'filtered', manager });
  return {
    connect: (sender, receiver) => signal.connect(receiver, { sender }),
    disconnect: (_sender, _receiver, connection) => connection.disconnect(),
    emit: (sender, kwargs) => signal.emit(kwargs, { sender }),
  };
}
