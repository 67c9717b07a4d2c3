import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { entryNames, output, requireBuild, root } from '../helpers/package.js';

requireBuild();

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Readonly<Record<string, unknown>>;

describe('package.json', () => {
  it('asks for no other package at run time, but for the client of an engine or the test runner that is used', () => {
    const asking = Object.keys(manifest).filter((field) => /dependencies$/i.test(field));
    expect(asking.sort()).toEqual(['devDependencies', 'peerDependencies']);
    const clients = Object.keys(manifest['peerDependencies'] as object);
    expect(clients).toEqual([
      '@nats-io/jetstream',
      '@nats-io/nats-core',
      '@nestjs/common',
      '@nestjs/core',
      '@opentelemetry/api',
      '@redis/client',
      'fastify',
      'jest',
      'mqtt',
      'vitest',
    ]);
    const optional = Object.fromEntries(clients.map((name) => [name, { optional: true }]));
    expect(manifest['peerDependenciesMeta']).toEqual(optional);
  });

  it('says which entries have an effect when imported, and which node it takes', () => {
    const { name, type, license, sideEffects, engines } = manifest;
    expect({ name, type, license, sideEffects, engines }).toEqual({
      name: 'signalbox',
      type: 'module',
      license: 'MIT',
      sideEffects: ['./dist/inspect/auto.*', './dist/testing/*', './dist/channels.js', './dist/channels.cjs'],
      engines: { node: '>=20' },
    });
  });

  it('exports each entry with its own types to ESM and to CommonJS, and nothing else', async () => {
    const files = (name: string) => ({
      import: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
      require: { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` },
    });
    const names = await entryNames();
    const exported = names.map((name) => [name === 'index' ? '.' : `./${name}`, files(name)]);
    expect(manifest['exports']).toEqual({ ...Object.fromEntries(exported), './package.json': './package.json' });
  });

  it('tells compilers that do not read `exports` where the types of each entry are', async () => {
    const names = (await entryNames()).filter((name) => name !== 'index');
    const types = names.map((name) => [name, [`./dist/${name}.d.ts`]]);
    // They are checked, too: no profile leaves them out.
    expect(manifest['scripts']).toHaveProperty('check:package', 'publint --strict && attw --pack . --quiet');
    expect(manifest['typesVersions']).toEqual({ '*': Object.fromEntries(types) as object });
  });
});

describe('the lock file', () => {
  const lockFile = readFileSync(path.join(root, 'package-lock.json'), 'utf8');

  it('names no registry', () => {
    expect(lockFile).not.toMatch(/"resolved"|https?:\/\/[^"]*\.tgz/);
  });

  // `npm ci` refuses it otherwise, and npm leaves out those that the registry at hand does not have.
  it('has the packages for other platforms, too', () => {
    interface Locked {
      readonly optionalDependencies?: Readonly<Record<string, string>>;
    }
    const { packages } = JSON.parse(lockFile) as { readonly packages: Readonly<Record<string, Locked>> };
    const wanted = Object.values(packages).flatMap((locked) => Object.keys(locked.optionalDependencies ?? {}));
    const locked = Object.keys(packages).map((place) => place.replace(/^.*node_modules\//, ''));
    expect(wanted.filter((name) => !locked.includes(name))).toEqual([]);
  });
});

describe('the tarball', () => {
  interface Packed {
    readonly size: number;
    readonly unpackedSize: number;
    readonly files: readonly { readonly path: string }[];
  }
  let packed: Packed;
  let paths: readonly string[];

  beforeAll(async () => {
    const told = await output('npm', ['pack', '--dry-run', '--ignore-scripts', '--json'], root);
    [packed] = JSON.parse(told) as [Packed];
    paths = packed.files.map((file) => file.path);
  });

  it('holds what is built and four files about it', async () => {
    const built = paths.filter((file) => file.startsWith('dist/'));
    const names = (await entryNames()).flatMap((name) =>
      ['cjs', 'd.cts', 'd.ts', 'js'].map((extension) => `dist/${name}.${extension}`),
    );
    const others = ['dist/cli.js', 'dist/inspect-page.cjs'];
    expect(built.filter((file) => !file.startsWith('dist/chunks/')).sort()).toEqual([...names, ...others].sort());
    expect(paths.filter((file) => !built.includes(file)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'package.json',
    ]);
  });

  it('has less than 400 kB, and less than 1.5 MB unpacked', () => {
    expect(packed.size).toBeLessThan(400_000);
    expect(packed.unpackedSize).toBeLessThan(1_500_000);
  });
});
