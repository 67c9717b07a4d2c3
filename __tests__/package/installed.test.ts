import { beforeAll, describe, expect, it } from '@jest/globals';
import { packBeforeTests, type Project } from '../helpers/package.js';

const packed = packBeforeTests();

const asImport = (names: string) => `import { ${names} } from 'signalbox';\n`;
const asRequire = (names: string) => `const { ${names} } = require('signalbox');\n`;

const body = `
const signals = new SignalManager();
const saved = new Signal({ name: 'saved', manager: signals });
saved.connect(({ id }) => 'all ' + id);
saved.connect(({ id }) => 'of paris ' + id, { key: 'paris' });
saved.connect(({ id }) => 'of rome ' + id, { key: 'rome' });
saved.send({ id: 7 }, { key: 'rome' }).then((results) => console.log(values(results).join(', ')));
`;

describe('the installed package', () => {
  let esm: Project;
  let commonJs: Project;

  beforeAll(async () => {
    esm = await packed.installInto('esm', { type: 'module' });
    commonJs = await packed.installInto('commonjs');
    esm.write('main.js', asImport('Signal, SignalManager, values') + body);
    commonJs.write('main.js', asRequire('Signal, SignalManager, values') + body);
  });

  it('runs in an ESM project', async () => {
    expect(await esm.node('main.js')).toBe('all 7, of rome 7\n');
  });

  it('runs in a CommonJS project', async () => {
    expect(await commonJs.node('main.js')).toBe('all 7, of rome 7\n');
  });

  it('needs no code made from strings', async () => {
    const strict = '--disallow-code-generation-from-strings';
    await expect(esm.node(strict, '--eval', 'eval("1")')).rejects.toThrow('Code generation from strings disallowed');
    expect(await esm.node(strict, 'main.js')).toBe('all 7, of rome 7\n');
    expect(await commonJs.node(strict, 'main.js')).toBe('all 7, of rome 7\n');
  });
});
