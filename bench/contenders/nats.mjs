import { connect } from '@nats-io/transport-node';

export const about = {
  label: 'NATS client',
  package: '@nats-io/transport-node',
};

const open = (servers) => connect({ servers, maxReconnectAttempts: -1 });

export async function openNode(url, _name, receive) {
  const connection = await open(url);
  connection.subscribe('asked', {
    callback(_error, message) {
      const answer = receive(message.json());
      if (message.reply) message.respond(JSON.stringify(answer));
    },
  });
  await connection.flush();
}

export async function openSender(url, nodes) {
  const connection = await open(url);
  const tally = { bytes: 0 };
  const read = (message) => {
    tally.bytes += message.data.byteLength;
    return message.json();
  };
  const write = (kwargs) => {
    const json = JSON.stringify(kwargs);
    tally.bytes += json.length;
    return json;
  };
  const timeout = 5_000;
  const many = { strategy: 'count', maxMessages: nodes, maxWait: timeout };
  return {
    tally,
    async send(kwargs) {
      if (nodes === 1) return [read(await connection.request('asked', write(kwargs), { timeout }))];
      const answers = [];
      for await (const message of await connection.requestMany('asked', write(kwargs), many))
        answers.push(read(message));
      return answers;
    },
    emit: (kwargs) => connection.publish('asked', JSON.stringify(kwargs)),
  };
}
