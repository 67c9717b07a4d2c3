// The limit for one receiver per key: a Map look-up and a call.
import { settle } from './raw-array.mjs';

export const about = { label: 'raw Map' };

export function byKey() {
  const receivers = new Map();
  return {
    connect: (key, receiver) => receivers.set(key, receiver),
    disconnect: (key) => receivers.delete(key),
    emit: (key, kwargs) => receivers.get(key)(kwargs),
    send: (key, kwargs) => Promise.resolve([settle(receivers.get(key), kwargs)]),
  };
}
