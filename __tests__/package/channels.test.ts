import { beforeAll, describe, expect, it } from '@jest/globals';
import { packBeforeTests, type Project } from '../helpers/package.js';

const packed = packBeforeTests();

/** Sends with both copies of the library, and prints the events of the channels. */
const program = `
  const { tracingChannel } = require('node:diagnostics_channel');
  const events = [];
  const note = ({ signalName, send }) => events.push(signalName + (send ? ' received' : ' sent'));
  tracingChannel('signalbox:send').subscribe({ start: note });
  tracingChannel('signalbox:receive').subscribe({ start: note });
  async function sendWithBoth() {
    const copies = { cjs: require('signalbox'), esm: await import('signalbox') };
    for (const { SignalManager } of Object.values(copies)) {
      const saved = new SignalManager().signal('saved');
      saved.connect(() => 'value');
      saved.emit();
    }
    console.log(JSON.stringify(events));
  }
`;

describe('signalbox/channels', () => {
  let project: Project;

  beforeAll(async () => {
    project = await packed.installInto('channels', {});
    project.write('required.cjs', `${program} require('signalbox/channels'); sendWithBoth();`);
    project.write('imported.cjs', `${program} import('signalbox/channels').then(sendWithBoth);`);
    project.write(
      'both.cjs',
      `${program} require('signalbox/channels'); import('signalbox/channels').then(sendWithBoth);`,
    );
    project.write('nothing.cjs', `${program} sendWithBoth();`);
  });

  it.each([
    ['require', ['required.cjs']],
    ['import', ['imported.cjs']],
    ['--import', ['--import', 'signalbox/channels', 'nothing.cjs']],
    ['all of them', ['--import', 'signalbox/channels', 'both.cjs']],
  ])('publishes the sends of all copies once, loaded by %s (W21)', async (_way, command) => {
    const printed = JSON.parse(await project.node(...command)) as unknown;
    expect(printed).toEqual(['saved sent', 'saved received', 'saved sent', 'saved received']);
  });

  it('is not loaded by the core', async () => {
    expect(JSON.parse(await project.node('nothing.cjs'))).toEqual([]);
  });
});
