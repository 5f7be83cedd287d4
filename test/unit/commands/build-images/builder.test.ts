import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { findBuilder } from '../../../../commands/build-images/builder.ts';
import { type Behaviours, layoutBuildctl } from '../support/layout-buildctl.ts';

const BOTH = ['linux/amd64', 'linux/arm64'];

/** A docker config with these instances of buildx, and a builder that answers. */
function setUp(t: TestContext, instances: Record<string, object> = {}, behaviours: Behaviours = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-builder-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const docker = join(folder, 'docker/buildx/instances');
  mkdirSync(docker, { recursive: true });
  for (const [name, instance] of Object.entries(instances)) writeFileSync(join(docker, name), JSON.stringify(instance));
  const env = { PATH: layoutBuildctl(folder, behaviours), DOCKER_CONFIG: join(folder, 'docker') };
  return (name?: string, more: NodeJS.ProcessEnv = {}) => findBuilder(name, BOTH, { ...env, ...more });
}

const remote = (Endpoint: string, DriverOpts?: object) => ({
  Name: 'far',
  Driver: 'remote',
  Nodes: [{ Name: 'far0', Endpoint, DriverOpts }],
});

test('a builder of buildx is reached at its endpoint, with its TLS files where it has them', async t => {
  const find = setUp(t, {
    near: remote('unix:///run/b.sock'),
    far: remote('tcp://far:1234', { cacert: '/c/ca.pem', cert: '/c/cert.pem', key: '/c/key.pem', servername: 'b' }),
  });
  assert.deepEqual(await find('near'), {
    name: 'near',
    address: ['--addr', 'unix:///run/b.sock'],
    platform: 'linux/amd64',
  });
  const tls = [
    '--tlscacert',
    '/c/ca.pem',
    '--tlscert',
    '/c/cert.pem',
    '--tlskey',
    '/c/key.pem',
    '--tlsservername',
    'b',
  ];
  assert.deepEqual((await find(undefined, { BUILDX_BUILDER: 'far' })).address, ['--addr', 'tcp://far:1234', ...tls]);
  assert.deepEqual((await find('near', { BUILDX_BUILDER: 'far' })).name, 'near');
});

test("a builder in a container is reached through docker, in the builder's own context", async t => {
  const container = (Endpoint: string) => ({ Driver: 'docker-container', Nodes: [{ Name: 'mine0', Endpoint }] });
  const find = setUp(t, {
    mine: container('unix:///var/run/docker.sock'),
    other: container('desktop-linux'),
  });
  assert.deepEqual((await find('mine')).address, ['--addr', 'docker-container://buildx_buildkit_mine0']);
  assert.deepEqual((await find('other')).address, [
    '--addr',
    'docker-container://buildx_buildkit_mine0?context=desktop-linux',
  ]);
});

test('without a name the builder is the one of $BUILDKIT_HOST', async t => {
  const find = setUp(t);
  assert.deepEqual((await find(undefined, { BUILDKIT_HOST: 'tcp://here:1' })).address, ['--addr', 'tcp://here:1']);
});

test('no builder, an unknown one, one that buildctl can’t reach and one of several machines are each one line with what to do', async t => {
  const find = setUp(t, {
    engine: { Driver: 'docker', Nodes: [{ Name: 'engine', Endpoint: 'default' }] },
    many: { Driver: 'remote', Nodes: [{ Name: 'a' }, { Name: 'b' }] },
    broken: [],
  });
  const ways = /--builder or \$BUILDX_BUILDER .*\$BUILDKIT_HOST$/;
  await assert.rejects(find(), ways);
  await assert.rejects(
    find('nope'),
    /^Error: there is no builder nope: \S+\/instances\/nope is not there; name one of/,
  );
  await assert.rejects(find('engine'), /has driver docker, .*: docker buildx create /);
  await assert.rejects(find('many'), /has 2 nodes .*; expected one that builds all platforms$/);
  await assert.rejects(find('broken'), /has 0 nodes/);
  await assert.rejects(find('x', { PATH: '/nowhere', BUILDKIT_HOST: 'unix:///x' }), /no builder x/);
  await assert.rejects(
    find(undefined, { PATH: '/nowhere', BUILDKIT_HOST: 'unix:///x' }),
    /^Error: buildctl is not on the PATH; it comes with BuildKit/,
  );
});

test('a builder that does not answer, or can’t build a platform, is told before any build (A1)', async t => {
  const near = { near: remote('unix:///run/b.sock') };
  await assert.rejects(
    setUp(t, near, { silent: 'no such file' })('near'),
    /^Error: builder near does not answer: .*no such file; start it, or /,
  );
  await assert.rejects(
    setUp(t, near, { platforms: ['linux/arm64'] })('near'),
    /^Error: builder near builds for linux\/arm64; needed: linux\/amd64 and linux\/arm64\. Install its emulators/,
  );
});
