/**
 * An engine over an MQTT client.
 *
 * @module signalbox/mqtt
 */
import type { MqttClient } from 'mqtt';
import { argumentError } from '../../internal/check.js';
import { isObject } from '../../internal/weak-key-map.js';
import { perClient } from './per-client.js';
import { Subscriptions } from './subscriptions.js';
import type { Engine } from '../types.js';

/**
 * An engine over an MQTT client (`mqtt`), of quality of service 0: what the broker loses is lost, nothing comes twice. It has
 * no durable delivery.
 *
 * A subscription that the broker refuses makes `share` reject. A publication of this quality has no answer: one that the broker
 * drops, for lack of rights perhaps, looks like one that was lost.
 *
 * @param client - Yours, connected or connecting, and left open; any number of engines may share it.
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
  const subscribe = subscriptionsOf(client);
  return {
    name: 'mqtt',
    async publish(subject, data) {
      await client.publishAsync(topicOf(subject), asBuffer(data), { qos: 0 });
    },
    subscribe,
  };
}

/** A client has one subscription per topic, and ends it for everybody: all engines on it count theirs together. */
const subscriptionsOf = perClient((client: MqttClient): Engine['subscribe'] => {
  const subscribers = new Subscriptions();
  const onMessage = (topic: string, payload: Uint8Array): void => {
    subscribers.deliver(topic.replaceAll('/', '.'), payload);
  };
  return (subject, onData) => {
    const topic = topicOf(subject);
    const subscribe = async (): Promise<void> => {
      // Put on once, however often it is added.
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

/** The client's type asks for a Buffer, and where there are none, in browsers, it takes bytes as they are. */
function asBuffer(data: Uint8Array): Buffer {
  const { Buffer: Class } = globalThis as { readonly Buffer?: typeof Buffer };
  return Class === undefined ? (data as Buffer) : Class.from(data.buffer, data.byteOffset, data.byteLength);
}
