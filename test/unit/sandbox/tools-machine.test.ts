import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { catalogue } from '../../../sandbox/tools/catalogue.ts';
import { onMachine } from '../../../sandbox/tools/machine.ts';
import { layPulumiHome } from '../../../sandbox/tools/pulumi-home.ts';
import { folderFor, write } from './tools-fixture.ts';

const tool = (name: string) => catalogue('amd64').find(entry => entry.name === name)!;

async function machineWith(home: string, version: string, programs: string[]): Promise<NodeJS.ProcessEnv> {
  for (const name of programs) await write(join(home, 'bin', name), `#!/bin/sh\necho ${version}\n`, 0o755);
  return { HOME: home, PATH: `${join(home, 'bin')}:${process.env.PATH}` };
}

test("the machine's pulumi is used where it fits and has its language host beside it", async t => {
  const home = await folderFor(t);
  const env = await machineWith(home, 'v3.240.1', ['pulumi', 'pulumi-language-nodejs']);
  assert.deepEqual(await onMachine(tool('pulumi'), env), new Map([['pulumi', join(home, 'bin/pulumi')]]));
  const host = await onMachine(tool('pulumi-language-nodejs'), env);
  assert.equal(host?.get('pulumi-language-nodejs'), join(home, 'bin/pulumi-language-nodejs'));
});

for (const [version, programs] of [
  ['v3.100.0', ['pulumi', 'pulumi-language-nodejs']],
  ['v4.0.0', ['pulumi', 'pulumi-language-nodejs']],
  ['what', ['pulumi', 'pulumi-language-nodejs']],
  ['v3.240.1', ['pulumi']],
] as const) {
  test(`pulumi ${version} with ${programs.length} programs is left alone`, async t => {
    const home = await folderFor(t);
    assert.equal(await onMachine(tool('pulumi'), await machineWith(home, version, [...programs])), undefined);
  });
}

test("the user's own plugin of the exact version is used, a half downloaded one is not", async t => {
  const home = await folderFor(t);
  const folder = join(home, '.pulumi/plugins/resource-kubernetes-v4.25.0');
  await write(join(folder, 'pulumi-resource-kubernetes'), '', 0o755);
  const env = { HOME: home, PATH: '' };
  assert.equal(
    (await onMachine(tool('pulumi-kubernetes'), env))?.get('pulumi-resource-kubernetes'),
    join(folder, 'pulumi-resource-kubernetes'),
  );
  await write(`${folder}.partial`, '');
  assert.equal(await onMachine(tool('pulumi-kubernetes'), env), undefined);
});

test('nothing that runs inside the node or an image is ever taken from the machine', () => {
  const allowed = ['pulumi', 'pulumi-language-nodejs', 'pulumi-docker-build', 'pulumi-kubernetes'];
  assert.deepEqual(
    catalogue('amd64')
      .filter(entry => entry.machine)
      .map(entry => entry.name),
    allowed,
  );
});

test('the Pulumi home is links to the tools, and the stand-in starts by its own path', async t => {
  const home = await folderFor(t);
  const tools = { path: (program: string) => (program === 'node' ? process.execPath : join('/tools', program)) };
  const env = { HOME: home, PATH: '' };
  const laid = await layPulumiHome(home, tools, env);
  assert.deepEqual(laid, { folder: join(home, 'pulumi/home'), command: 'stand-in' });
  const plugins = join(laid.folder, 'plugins');
  const provider = join(plugins, 'resource-kubernetes-v4.25.0/pulumi-resource-kubernetes');
  assert.equal(await readlink(provider), '/tools/pulumi-resource-kubernetes');
  await layPulumiHome(home, { path: program => join('/newer', program) }, env);
  assert.equal(await readlink(provider), '/newer/pulumi-resource-kubernetes');
  await layPulumiHome(home, tools, env);
  const launcher = join(plugins, 'resource-command-v1.2.1/pulumi-resource-command');
  const plugin = spawn(launcher, ['127.0.0.1:1'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(plugin.stdout, 'data');
  plugin.kill();
  assert.match(String(port), /^\d+\n$/);
});

test('the language host is told how a project wants to be run, though it is older than Pulumi', async t => {
  const home = await folderFor(t);
  const host = join(home, 'built/pulumi-language-nodejs');
  await write(host, `#!/bin/sh\nprintf '%s\\n' "$@"\n`, 0o755);
  const path = (program: string) => (program === 'pulumi-language-nodejs' ? host : join('/tools', program));
  const laid = await layPulumiHome(home, { path }, { HOME: home, PATH: '' });
  const launcher = join(laid.folder, 'plugins/language-nodejs-v3.250.0/pulumi-language-nodejs');
  const args = () => spawnSync(launcher, ['127.0.0.1:1'], { cwd: home, encoding: 'utf8' }).stdout;
  const options = '    typescript: false # no compiler\n    nodeargs: --require ./a.cjs --require ./b.cjs\n';
  await write(join(home, 'Pulumi.yaml'), `runtime:\n  name: nodejs\n  options:\n${options}`);
  assert.equal(args(), '-typescript=false\n-nodeargs=--require ./a.cjs --require ./b.cjs\n127.0.0.1:1\n');
  await write(join(home, 'Pulumi.yaml'), 'runtime: nodejs\n');
  assert.equal(args(), '-typescript=true\n-nodeargs=\n127.0.0.1:1\n');
});

test("the machine's own command plugin takes the place of the stand-in", async t => {
  const home = await folderFor(t);
  const real = join(home, '.pulumi/plugins/resource-command-v1.2.1/pulumi-resource-command');
  await write(real, '', 0o755);
  const laid = await layPulumiHome(home, { path: program => join('/tools', program) }, { HOME: home, PATH: '' });
  assert.equal(laid.command, 'machine');
  const place = join(laid.folder, 'plugins/resource-command-v1.2.1/pulumi-resource-command');
  assert.equal(await readlink(place), real);
  assert.ok((await stat(place)).isFile());
});
