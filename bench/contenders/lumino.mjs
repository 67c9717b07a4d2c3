import { Signal } from '@lumino/signaling';

export const about = {
  label: 'lumino',
  package: '@lumino/signaling',
  kwargsSecond: true,
};

export const bySignal = () => ({
  signal: () => new Signal({}),
  connect: (signal, receiver) => signal.connect(receiver),
  disconnect: (signal, receiver) => signal.disconnect(receiver),
  emit: (signal, kwargs) => signal.emit(kwargs),
});

export const bySender = () => ({
  connect: (sender, receiver) => (sender.changed ??= new Signal(sender)).connect(receiver),
  disconnect: (sender, receiver) => sender.changed.disconnect(receiver),
  emit: (sender, kwargs) => sender.changed.emit(kwargs),
});
