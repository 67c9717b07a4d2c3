// The usual way to have keys and unfiltered receivers on one emitter.
import EventEmitter from 'eventemitter3';

export const about = {
  label: 'filtering in the receiver',
  package: 'eventemitter3',
};

export function byKey() {
  const emitter = new EventEmitter();
  return {
    connect: (key, receiver) =>
      emitter.on('event', (sent, kwargs) => {
        if (sent === key) receiver(kwargs);
      }),
    connectUnfiltered: (receiver) => emitter.on('event', (_sent, kwargs) => receiver(kwargs)),
    emit: (key, kwargs) => emitter.emit('event', key, kwargs),
  };
}
