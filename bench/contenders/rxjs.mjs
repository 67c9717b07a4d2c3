import { Subject } from 'rxjs';

export const about = { label: 'rxjs', package: 'rxjs', disconnectsByHandleOnly: true };

export const bySignal = () => ({
  signal: () => new Subject(),
  connect: (subject, receiver) => subject.subscribe(receiver),
  disconnect: (_subject, _receiver, subscription) => subscription.unsubscribe(),
  emit: (subject, kwargs) => subject.next(kwargs),
});
