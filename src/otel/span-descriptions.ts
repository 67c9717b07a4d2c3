import { type Attributes, SpanKind } from '@opentelemetry/api';
import type { BusWork, WatchedSend } from '../index.js';

/** The name, kind and attributes of a span. */
export interface SpanDescription {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
}

/** @param travels - Whether the send goes to a thread, a node or a queue. */
export function describeSend(send: WatchedSend, travels: boolean): SpanDescription {
  const { signalName, kind, receivers, peers, queues, context } = send;
  const attributes = {
    'signalbox.signal': signalName,
    'signalbox.kind': kind,
    'signalbox.receivers': receivers,
    ...(peers.length > 0 ? { 'signalbox.peers': [...peers] } : {}),
  };
  if (send.origin === 'remote') {
    const { delivery } = context;
    const durable = delivery && { 'messaging.message.id': delivery.id, 'signalbox.attempt': delivery.attempt };
    return messageSpan(SpanKind.CONSUMER, 'process', signalName, { ...attributes, ...durable });
  }
  if (!travels) return { name: `send ${signalName}`, kind: SpanKind.INTERNAL, attributes };
  const operation = queues > 0 && peers.length === 0 ? 'publish' : 'send';
  return messageSpan(SpanKind.PRODUCER, operation, signalName, attributes);
}

export function describeWork({ kind, name, topic, payloads }: BusWork): SpanDescription {
  const attributes = { 'code.function.name': name };
  if (topic === undefined) return { name: `run ${name}`, kind: SpanKind.INTERNAL, attributes };
  const batch = kind === 'batch' ? { 'messaging.batch.message_count': payloads.length } : undefined;
  return messageSpan(SpanKind.CONSUMER, 'process', topic, { ...attributes, ...batch });
}

function messageSpan(
  kind: SpanKind,
  operation: 'send' | 'publish' | 'process',
  destination: string,
  attributes: Attributes,
): SpanDescription {
  return {
    name: `${operation} ${destination}`,
    kind,
    attributes: {
      ...attributes,
      'messaging.system': 'signalbox',
      'messaging.destination.name': destination,
      'messaging.operation.name': operation,
      'messaging.operation.type': kind === SpanKind.PRODUCER ? 'send' : 'process',
    },
  };
}
