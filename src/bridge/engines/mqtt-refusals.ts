import type { MqttClient, Packet } from 'mqtt';
import { EngineRefusedError } from '../errors.js';
import type { OnError } from './consumer-loop.js';
import { TellOnce } from './tell-once.js';

/** Reason codes from here on are refusals, in both versions of MQTT. */
const LEAST_REFUSAL = 128;

/**
 * Watches for refusals that no call of the client fails with. A client subscribes again when it has reconnected, and
 * the broker may refuse that. It does not answer a publication of quality of service 0, but with MQTT 5 it may end the
 * connection with a reason.
 */
export class MqttRefusals {
  readonly #client: MqttClient;
  readonly #watchers = new Set<readonly [topic: string, onError: OnError]>();
  readonly #once = new TellOnce();
  /** The topics of the subscriptions that the broker has not answered, by the number of their message. */
  readonly #asked = new Map<number | undefined, readonly string[]>();

  constructor(client: MqttClient) {
    this.#client = client;
  }

  /** @returns A function that ends it. An `onError` that is given several times is called once per reason. */
  watch(topic: string, onError: OnError | undefined): () => void {
    if (onError === undefined) return () => undefined;
    const watcher = [topic, onError] as const;
    if (this.#watchers.size === 0) this.#client.on('packetsend', this.#sent).on('packetreceive', this.#received);
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size > 0) return;
      this.#client.removeListener('packetsend', this.#sent).removeListener('packetreceive', this.#received);
    };
  }

  readonly #sent = (packet: Packet): void => {
    // A broker does not answer what was asked over an earlier connection.
    if (packet.cmd === 'connect') this.#asked.clear();
    if (packet.cmd !== 'subscribe') return;
    this.#asked.set(
      packet.messageId,
      packet.subscriptions.map(({ topic }) => topic),
    );
  };

  readonly #received = (packet: Packet): void => {
    if (packet.cmd === 'disconnect') this.#refused(packet.reasonCode, 'the connection');
    if (packet.cmd !== 'suback') return;
    const topics = this.#asked.get(packet.messageId) ?? [];
    this.#asked.delete(packet.messageId);
    topics.forEach((topic, index) => {
      this.#refused(Number(packet.granted[index]), `the subscription of "${topic}"`, topic);
    });
  };

  #refused(reasonCode = 0, what: string, topic?: string): void {
    if (reasonCode < LEAST_REFUSAL) return;
    const error = new EngineRefusedError('mqtt', what, reasonCode);
    for (const [watched, onError] of this.#watchers) {
      if (topic === undefined || topic === watched) this.#once.tell(onError, error.message, error);
    }
  }
}
