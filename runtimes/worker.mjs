// The worker thread of threads.mjs.
import { SignalManager } from 'signalbox';
import { joinThreads } from 'signalbox/threads';

const manager = new SignalManager({ onError: null });
const [asked, noted, hangs] = ['asked', 'noted', 'hangs'].map((name) => manager.signal(name));

asked.connect(function answer({ n }) {
  if (n < 0) throw Object.assign(new RangeError('negative'), { code: 'ERR_NEGATIVE' });
  noted.emit({ n });
  return `w ${n}`;
});
hangs.connect(() => new Promise(() => undefined));
await joinThreads(manager, { signals: [asked, noted, hangs] });
