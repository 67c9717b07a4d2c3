// What Node runs besides: the channels of its diagnostics_channel.
import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, tracingChannel } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import { SignalManager } from 'signalbox';
import 'signalbox/channels';

const EVENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];

export async function channels(checks) {
  const events = [];
  const tracing = ['send', 'receive'].map((what) => {
    const note = (event) => [event, ({ signalName }) => events.push(`${what}:${event} ${signalName}`)];
    return [tracingChannel(`signalbox:${what}`), Object.fromEntries(EVENTS.map(note))];
  });
  createRequire(import.meta.url)('signalbox/channels');
  const saved = new SignalManager({ onError: null }).signal('saved');
  saved.connect(async () => 'value');
  await saved.send();
  for (const [each, handlers] of tracing) each.subscribe(handlers);
  await saved.send();
  checks.equal(
    'events, each once (W21, W23)',
    events.splice(0).map((event) => event.replace(' saved', '')),
    ['send:start', 'receive:start', 'receive:end', 'send:end', 'receive:asyncStart', 'receive:asyncEnd'].concat([
      'send:asyncStart',
      'send:asyncEnd',
    ]),
  );
  for (const [each, handlers] of tracing) each.unsubscribe(handlers);
  const store = new AsyncLocalStorage();
  const start = channel('tracing:signalbox:send:start');
  const seen = [];
  saved.connect(() => void seen.push(store.getStore()));
  start.bindStore(store, ({ kind }) => kind);
  await saved.send();
  start.unbindStore(store);
  await saved.send();
  checks.equal('a bound store alone (W22, W25)', seen, ['send', undefined]);
  checks.equal('nothing more after the last subscriber', events, []);
}
