import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { printPipConfig } from '../../../sandbox/builder/build-secrets.ts';
import { builderProcess, builderSocket, printBuilderConfig } from '../../../sandbox/builder/builder.ts';
import {
  externalCredentials,
  registryCredentials,
  writeBuildxInstance,
  writeDockerConfig,
} from '../../../sandbox/builder/docker-config.ts';
import { mirrorProcess, printMirrorConfig } from '../../../sandbox/builder/mirror.ts';
import { cgroupName, DEFAULT_PORTS, type SandboxConfig } from '../../../sandbox/config.ts';

const config = (home = mkdtempSync(join(tmpdir(), 'slipway-b-'))): SandboxConfig => ({
  home,
  cache: '/cache',
  ports: DEFAULT_PORTS,
});
const tools = { path: (name: string) => `/tools/${name}` };

test("a socket's path that Linux would not take is refused with the remedy", () => {
  const home = `/tmp/${'a'.repeat(100)}`;
  assert.throws(
    () => builderSocket(config(home)),
    /has 124 bytes, and a socket's path may have 107: set SLIPWAY_HOME to a/,
  );
  assert.equal(builderSocket(config('/home/ada/.slipway')), '/home/ada/.slipway/run/builder/b.sock');
});

test('the builder ends with whoever started it, and its cgroups lie below those of the sandbox', async () => {
  const given = config();
  const root = { path: '/root-tree', key: 'k', contents: 'c', versions: {} };
  const { argv, env } = await builderProcess(given, tools, root);
  const line = argv.join(' ');
  assert.match(line, /^unshare --mount --pid --fork --kill-child --mount-proc -- \/tools\/emulate /);
  assert.ok(line.includes(`--root /root-tree --cgroup ${cgroupName(given)}/builder `));
  assert.ok(line.includes(`--bind ${given.home}/state/buildkit:/run/slipway/state `));
  assert.match(line, / -- \/run\/slipway\/bin\/buildkitd --config \/run\/slipway\/run\/buildkitd-[0-9a-f]{8}\.toml$/);
  assert.equal(env.SSL_CERT_FILE, '/run/slipway/pki/bundle.crt');
});

test('a changed configuration of the builder is another process, so that the supervisor starts it anew', async () => {
  const given = config();
  const root = { path: '/root-tree', key: 'k', contents: 'c', versions: {} };
  const before = await builderProcess(given, tools, root);
  const same = await builderProcess(given, tools, root);
  const moved = await builderProcess({ ...given, ports: { ...given.ports, registry: 25000 } }, tools, root);
  assert.deepEqual(same.argv, before.argv);
  assert.notDeepEqual(moved.argv, before.argv);
});

test('the builder knows the mirror as plain HTTP, the registry by the authority of the sandbox, and a bound', () => {
  const text = printBuilderConfig(config());
  assert.match(text, /\[registry\."127\.0\.0\.1:15001"\]\n {2}http = true/);
  assert.match(
    text,
    /\[registry\."127\.0\.0\.1:15000"\]\n {2}http = false\n {2}ca = \["\/run\/slipway\/pki\/ca\.crt"\]/,
  );
  assert.match(text, /maxUsedSpace = "10GB"/);
});

test('the mirror listens on the loopback alone, and other stand-ins are the same process', async () => {
  const given = config();
  const { argv } = await mirrorProcess(given, tools, '/cache/images/mirror');
  const text = readFileSync(argv.at(-1)!, 'utf8');
  const folder = join(given.home, 'run', 'mirror');
  assert.equal(text, printMirrorConfig(folder, 15001));
  assert.equal(readlinkSync(folder), '/cache/images/mirror');
  assert.match(text, /addr: 127\.0\.0\.1:15001/);
  assert.deepEqual((await mirrorProcess(given, tools, '/other')).argv, argv);
  assert.equal(readlinkSync(folder), '/other');
});

test('credentials that several parts of a start ask for at once are the same for all', async () => {
  const given = config();
  const asked = await Promise.all(Array.from({ length: 20 }, () => externalCredentials(given)));
  assert.equal(new Set(asked.map(({ password }) => password)).size, 1);
  assert.deepEqual(readdirSync(join(given.home, 'docker')), ['external-credentials.json']);
});

test('credentials are made once, for their owner alone, and docker reads them', async () => {
  const given = config();
  const made = await registryCredentials(given);
  await writeDockerConfig(given);
  await writeBuildxInstance(given);
  assert.deepEqual(await registryCredentials(given), made);
  assert.ok(made.password.length >= 32);
  const folder = join(given.home, 'docker');
  for (const name of ['registry-credentials.json', 'config.json'])
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
  const { auths } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
  const decoded = Buffer.from(auths['127.0.0.1:15000'].auth, 'base64').toString();
  assert.equal(decoded, `${made.username}:${made.password}`);
  const instance = JSON.parse(readFileSync(join(folder, 'buildx/instances/slipway'), 'utf8'));
  assert.equal(instance.Driver, 'remote');
  assert.equal(instance.Nodes[0].Endpoint, `unix://${builderSocket(given)}`);
});

test("pip's settings about reaching an index go into the build, and no others", () => {
  const machine = '[global]\nindex-url = https://pypi.example/simple\ncert = /etc/ca.crt\nfind-links = /wheels\n';
  const user = '[install]\nuser = true\nindex_url: https://mine.example/simple\n[freeze]\ntimeout = 9\n';
  assert.equal(printPipConfig([machine], {}), '[global]\nindex-url = https://pypi.example/simple\n');
  assert.equal(
    printPipConfig([machine, user], { PIP_DEFAULT_TIMEOUT: '180', PIP_CERT: '/etc/ca.crt' }),
    '[global]\nindex-url = https://mine.example/simple\ndefault-timeout = 180\n',
  );
  assert.equal(printPipConfig(['[global]\ncert = /x\n'], {}), '');
});
