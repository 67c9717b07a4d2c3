/**
 * An engine over an MQTT client.
 *
 * @module signalbox/mqtt
 */
import type { MqttClient } from 'mqtt';
import { asBuffer } from '../../internal/runtime.js';
import { argumentError } from '../../internal/check.js';
import { ASYNC_DISPOSE } from '../../internal/dispose.js';
import { isObject } from '../../internal/weak-key-map.js';
import { MqttRefusals } from './mqtt-refusals.js';
import { Subscriptions, perClient } from './subscriptions.js';
import type { Engine } from '../types.js';

/**
 * Returns an engine over an MQTT client (`mqtt`) with quality of service 0: a message may be lost, but never arrives
 * twice. It has no durable delivery.
 *
 * If the broker refuses a subscription, `share` rejects. If it refuses one that the client renews after a reconnect,
 * the bridge's `onError` gets an `EngineRefusedError`, and the next reconnect tries again. A publication of this
 * quality is not answered, so one that the broker drops, for lack of rights for example, looks like a lost one. With
 * MQTT 5, a broker may end the connection instead: its reason goes to `onError` as well, once.
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
  const refusals = new MqttRefusals(client);
  const onMessage = (topic: string, payload: Uint8Array): void => {
    subscribers.deliver(topic.replaceAll('/', '.'), payload);
  };
  // After a refusal, the client forgets the topic, and with MQTT 3 all others. It skips those that it renews itself.
  const renew = (): void => {
    for (const subject of subscribers.subjects) client.subscribe(topicOf(subject), { qos: 0 }, () => undefined);
  };
  return async (subject, onData, { onError } = {}) => {
    const topic = topicOf(subject);
    const subscribe = async (): Promise<void> => {
      // Added once, whatever the number of subscriptions.
      if (!client.listeners('message').includes(onMessage)) client.on('message', onMessage).on('connect', renew);
      await client.subscribeAsync(topic, { qos: 0 });
    };
    const unsubscribe = async (): Promise<void> => {
      if (subscribers.empty) client.removeListener('message', onMessage).removeListener('connect', renew);
      // It fails if the connection is lost meanwhile, and the subscription with it.
      if (client.connected) await client.unsubscribeAsync(topic).catch(() => undefined);
    };
    const subscription = await subscribers.add(subject, onData, subscribe, unsubscribe);
    const unwatch = refusals.watch(topic, onError);
    return {
      [ASYNC_DISPOSE]: async () => {
        unwatch();
        await subscription[ASYNC_DISPOSE]();
      },
    };
  };
});

function topicOf(subject: string): string {
  return subject.replaceAll('.', '/');
}
