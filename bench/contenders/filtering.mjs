// What one writes with an emitter that knows no keys when unfiltered receivers are wanted, too.
import EventEmitter from 'eventemitter3';

export const about = {
  label: 'filtering in the receiver',
  package: 'eventemitter3',
  how: 'eventemitter3; every receiver is called and compares the key itself',
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
