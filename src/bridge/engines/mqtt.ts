/**
 * An engine over an MQTT client.
 *
 * @module signalbox/mqtt
 */
import type { MqttClient } from 'mqtt';
import { asBuffer } from './as-buffer.js';
import { argumentError } from '../../internal/check.js';
import { isObject } from '../../internal/weak-key-map.js';
import { Subscriptions, perClient } from './subscriptions.js';
import type { Engine } from '../types.js';

/**
 * Returns an engine over an MQTT client (`mqtt`) with quality of service 0: a message may be lost, but never arrives
 * twice. It has no durable delivery.
 *
 * If the broker refuses a subscription, `share` rejects. Publications of this quality are not acknowledged, so one that
 * the broker drops, for lack of rights for example, looks like a lost one.
 *
 * @param client - Your client, connected or connecting, which is left open. Any number of engines may share it.
 *
 * @example
 * ```ts
 * import { connect } from 'mqtt';
 * import { SignalManager } from 'signalbox';
 * import { Bridge } from 'signalbox/bridge';
 * import { mqttEngine } from 'signalbox/mqtt';
 *
 * const client = connect('mqtt://127.0.0.1:1883');
 * const bridge = new Bridge(new SignalManager(), mqttEngine(client), { namespace: 'shop' });
 * ```
 */
export function mqttEngine(client: MqttClient): Engine {
  if (!isObject(client) || !('publishAsync' in client)) throw argumentError('client', 'a client of mqtt', client);
  const subscribe = topicsOf(client);
  return {
    name: 'mqtt',
    async publish(subject, data) {
      await client.publishAsync(topicOf(subject), asBuffer(data), { qos: 0 });
    },
    subscribe,
  };
}

/**
 * A client has one subscription per topic, and unsubscribing ends it for all engines. So all engines on one client
 * count their subscriptions together.
 */
const topicsOf = perClient((client: MqttClient): Engine['subscribe'] => {
  const subscribers = new Subscriptions();
  const onMessage = (topic: string, payload: Uint8Array): void => {
    subscribers.deliver(topic.replaceAll('/', '.'), payload);
  };
  return (subject, onData) => {
    const topic = topicOf(subject);
    const subscribe = async (): Promise<void> => {
      // Added once, whatever the number of subscriptions.
      if (!client.listeners('message').includes(onMessage)) client.on('message', onMessage);
      await client.subscribeAsync(topic, { qos: 0 });
    };
    const unsubscribe = async (): Promise<void> => {
      if (subscribers.empty) client.removeListener('message', onMessage);
      if (client.connected) await client.unsubscribeAsync(topic);
    };
    return subscribers.add(subject, onData, subscribe, unsubscribe);
  };
});

function topicOf(subject: string): string {
  return subject.replaceAll('.', '/');
}
