// The limit for several receivers per key.

export const about = { label: 'raw Map of arrays' };

export function byKey() {
  const receiversOf = new Map();
  return {
    connect(key, receiver) {
      const receivers = receiversOf.get(key);
      if (receivers) receivers.push(receiver);
      else receiversOf.set(key, [receiver]);
    },
    emit(key, kwargs) {
      const receivers = receiversOf.get(key);
      for (let i = 0; i < receivers.length; i++) receivers[i](kwargs);
    },
  };
}
