import { createClient } from '@redis/client';

export const about = {
  label: 'Redis client',
  package: '@redis/client',
};

// Servers are stopped before their clients; a call that fails rejects anyway.
const open = (url) =>
  createClient({ url })
    .on('error', () => {})
    .connect();

export async function openNode(url, _name, receive) {
  const client = await open(url);
  const subscriber = await client
    .duplicate()
    .on('error', () => {})
    .connect();
  await subscriber.subscribe('asked', (text) => {
    const { id, replyTo, kwargs } = JSON.parse(text);
    const value = receive(kwargs);
    if (replyTo) void client.publish(replyTo, JSON.stringify({ id, value }));
  });
}

export async function openSender(url, nodes) {
  const client = await open(url);
  const subscriber = await client
    .duplicate()
    .on('error', () => {})
    .connect();
  const tally = { bytes: 0 };
  const calls = new Map();
  let lastId = 0;
  await subscriber.subscribe('answers', (text) => {
    tally.bytes += text.length;
    const { id, value } = JSON.parse(text);
    const { answers, resolve } = calls.get(id);
    if (answers.push(value) < nodes) return;
    calls.delete(id);
    resolve(answers);
  });
  return {
    tally,
    send(kwargs) {
      const id = ++lastId;
      const answered = new Promise((resolve) => calls.set(id, { answers: [], resolve }));
      const json = JSON.stringify({ id, replyTo: 'answers', kwargs });
      tally.bytes += json.length;
      void client.publish('asked', json);
      return answered;
    },
    emit: (kwargs) => void client.publish('asked', JSON.stringify({ kwargs })),
  };
}
