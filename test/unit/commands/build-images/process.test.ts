// `slipway build --system` as a person runs it: a process, sources, a builder that leaves layouts, and a registry.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf, isDigest } from '../../../../images/digest.ts';
import { FakeRegistry, REGISTRY } from '../../images/fake-registry.ts';
import { BASE_LAYER, type Behaviours, endedBuilds, layoutBuildctl, recordedBuild } from '../support/layout-buildctl.ts';

const checkout = join(import.meta.dirname, '../../../..');
/** Services by the folders of their Dockerfiles. */
const DOCKERFILES = {
  aidb: 'ai-stack/mcp-servers/aidb',
  'hybrid-coordinator': 'ai-stack/mcp-servers/hybrid-coordinator',
  'ralph-wiggum': 'ai-stack/mcp-servers/ralph-wiggum',
  embeddings: 'ai-stack/mcp-servers/embeddings-service',
  'nixos-docs': 'ai-stack/mcp-servers/nixos-docs',
  'dashboard-api': 'dashboard/backend',
};
const SERVICES = Object.keys(DOCKERFILES);
const BOTH = ['linux/amd64', 'linux/arm64'];

async function setUp(
  t: TestContext,
  behaviours: Behaviours = {},
  dockerfile = 'FROM scratch\nARG SOURCE_DATE_EPOCH\n',
) {
  const registry = await FakeRegistry.start();
  const folder = mkdtempSync(join(tmpdir(), 'slipway-build-images-'));
  const [source, tools, cache] = ['source', 'tools', 'cache'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ];
  t.after(() => {
    registry.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const path of Object.values(DOCKERFILES)) {
    mkdirSync(join(source, path), { recursive: true });
    writeFileSync(join(source, path, 'Dockerfile'), dockerfile);
  }
  for (const path of [tools, cache]) mkdirSync(path);
  const PATH = layoutBuildctl(tools, behaviours);
  const name = new URL(registry.url).host;
  const run = (args: string[], more: Record<string, string> = {}) => {
    const command = ['--disable-warning=ExperimentalWarning', 'commands/slipway.ts', 'build', '--system', 'ai-stack'];
    const child = spawn(process.execPath, [...command, '--source', source, ...args], {
      cwd: checkout,
      env: {
        ...process.env,
        PATH,
        SLIPWAY_CACHE: cache,
        DOCKER_CONFIG: join(folder, 'docker'),
        BUILDKIT_HOST: 'unix:///nowhere/buildkitd.sock',
        AI_STACK_REGISTRY: name,
        ...more,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    t.after(() => child.kill('SIGKILL'));
    const text = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream]!.setEncoding('utf8').on('data', part => (text[stream] += part));
    const ended = new Promise<number | null>(resolve => child.once('close', resolve));
    return { child, ended: ended.then(status => ({ status, ...text })) };
  };
  const tagged = (tag = 'dev') => SERVICES.filter(service => registry.manifests.has(`ai-stack-${service} ${tag}`));
  const tagOf = (service: string, tag = 'dev') => {
    const found = registry.manifests.get(`ai-stack-${service} ${tag}`);
    return found && digestOf(found.bytes);
  };
  return { registry, run, name, tools, cache, source, tagged, tagOf };
}

test('all six are built for both platforms and pushed whole; the last lines give each by its digest (A1, A3)', async t => {
  const { registry, run, name, tools, cache, source, tagOf } = await setUp(t);
  const { status, stdout, stderr } = await run([]).ended;
  assert.equal(status, 0, stderr);
  const last = stdout.trimEnd().split('\n').slice(-6);
  for (const [i, service] of SERVICES.entries()) {
    const digest = tagOf(service)!;
    assert.ok(isDigest(digest), service);
    assert.deepEqual(last[i]!.split(/ +/), [`ai-stack-${service}`, `${name}/ai-stack-${service}:dev@${digest}`]);
    assert.deepEqual(registry.missing(`ai-stack-${service}`, digest), []);
    const { args } = recordedBuild(tools, DOCKERFILES[service as keyof typeof DOCKERFILES].split('/').at(-1)!)!;
    for (const expected of [
      `--local=context=${source}`,
      '--opt=filename=Dockerfile',
      `--opt=platform=${BOTH.join(',')}`,
      '--opt=build-arg:SOURCE_DATE_EPOCH=315532800',
    ]) {
      assert.ok(args.includes(expected), expected);
    }
    assert.match(
      args.find(arg => arg.startsWith('--output='))!,
      /=type=oci,tar=false,dest=[^,]+,oci-mediatypes=true,rewrite-timestamp=true$/,
    );
    assert.ok(!args.some(arg => arg.includes('push=')), 'nothing is pushed before it is verified');
  }
  assert.deepEqual(readdirSync(join(cache, 'layouts')), ['bases', 'blobs']);
  const layer = digestOf(BASE_LAYER);
  const sent = registry.requests.filter(
    request => request.startsWith('PUT ') && request.includes(encodeURIComponent(layer)),
  );
  assert.equal(sent.length, 1, 'what they share is sent once');
});

test('one service, tag and registry by options, which win over the variable (A3)', async t => {
  const { run, name, tagged, registry } = await setUp(t);
  const { status, stdout, stderr } = await run(['aidb', '--registry', name, '--tag', 'try-1'], {
    AI_STACK_REGISTRY: 'nowhere.example',
  }).ended;
  assert.equal(status, 0, stderr);
  assert.deepEqual(tagged('try-1'), ['aidb']);
  assert.equal(registry.manifests.has('ai-stack-embeddings dev'), false);
  assert.match(stdout, new RegExp(`\\nai-stack-aidb {2}${name}/ai-stack-aidb:try-1@sha256:[0-9a-f]{64}\\n$`));
});

test('builds run beside each other, at most three (A3)', async t => {
  const folders = Object.values(DOCKERFILES).map(path => path.split('/').at(-1)!);
  const { run, tools } = await setUp(t, { builds: Object.fromEntries(folders.map(name => [name, { delay: 1500 }])) });
  const { status, stderr } = await run([]).ended;
  assert.equal(status, 0, stderr);
  const builds = folders.map(name => recordedBuild(tools, name)!);
  const beside = builds.map(({ began }) => builds.filter(other => other.began <= began && began < other.over).length);
  assert.equal(Math.max(...beside), 3);
});

const FAILED = [
  '#7 [2/3] RUN pip install nope',
  '#7 ERROR: process "/bin/sh -c pip install nope" did not complete successfully: exit code: 1',
  '------',
  ' > [2/3] RUN pip install nope:',
  '0.412 ERROR: No matching distribution found for nope',
  '------',
  'Dockerfile:2',
  '--------------------',
  'error: failed to solve: process "/bin/sh -c pip install nope" did not complete successfully: exit code: 1',
];

test('the first fault is told with the service and the line of its Dockerfile; others end, and nothing more is pushed (A3)', async t => {
  const { run, tools, cache, tagged, registry } = await setUp(t, {
    builds: {
      'hybrid-coordinator': { status: 1, lines: FAILED, delay: 1500 },
      'ralph-wiggum': { delay: 60_000 },
    },
  });
  const { status, stdout, stderr } = await run([
    'aidb',
    'hybrid-coordinator',
    'ralph-wiggum',
    'embeddings',
    'nixos-docs',
    'dashboard-api',
  ]).ended;
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^slipway: hybrid-coordinator \(\S+\/hybrid-coordinator\/Dockerfile\): Dockerfile:2: RUN pip install nope: ERROR: No matching distribution found for nope: .*\n$/,
  );
  assert.equal(recordedBuild(tools, 'ralph-wiggum')!.ended, 'terminated');
  assert.ok(tagged().includes('aidb'));
  assert.ok(!tagged().includes('hybrid-coordinator') && !tagged().includes('ralph-wiggum'));
  assert.equal(
    [...registry.links].some(link => link.startsWith('ai-stack-ralph-wiggum')),
    false,
  );
  for (const service of tagged()) assert.match(stdout, new RegExp(`^ai-stack-${service} +\\S+@sha256:`, 'm'));
  assert.match(stdout, /^hybrid-coordinator +failed$/m);
  assert.match(stdout, /^ralph-wiggum +not pushed$/m);
  assert.deepEqual(readdirSync(join(cache, 'layouts')), ['bases', 'blobs']);
});

test('an image without one of the platforms is not pushed (A1)', async t => {
  const { run, registry } = await setUp(t, { builds: { aidb: { platforms: ['linux/amd64'] } } });
  const { status, stderr } = await run(['aidb']).ended;
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^slipway: aidb: the build is an index of linux\/amd64; needed: an index of linux\/amd64 and linux\/arm64\n$/,
  );
  assert.equal(registry.manifests.size, 0);
  assert.equal(registry.links.size, 0);
});

test('Ctrl-C ends the builders, pushes nothing and leaves no file', async t => {
  const { run, tools, cache, registry } = await setUp(t, { builds: { aidb: { delay: 60_000 } } });
  const { child, ended } = run(['aidb']);
  while (!recordedBuild(tools, 'aidb')) await sleep(20);
  child.kill('SIGINT');
  const { status, stdout } = await ended;
  assert.equal(status, 130);
  assert.match(stdout, /^aidb {2}not pushed$/m);
  assert.equal(recordedBuild(tools, 'aidb')!.ended, 'terminated');
  assert.equal(registry.manifests.size, 0);
  assert.deepEqual(readdirSync(join(cache, 'layouts')), ['bases', 'blobs']);
});

test('on this machine a tag moves; elsewhere, or by --immutable, it stays, said before the build (A5)', async t => {
  const { registry, run, tools, tagOf } = await setUp(t);
  assert.equal((await run(['aidb']).ended).status, 0);
  const first = tagOf('aidb');
  layoutBuildctl(tools, { builds: { aidb: { content: 'changed' } } });
  assert.equal((await run(['aidb']).ended).status, 0);
  const second = tagOf('aidb');
  assert.notEqual(second, first);

  const same = await run(['aidb', '--immutable']).ended;
  assert.equal(same.status, 0, same.stderr);
  assert.match(same.stdout, /^tag dev is taken in \S+ for aidb: it stays, and only the same digest passes$/m);

  layoutBuildctl(tools, { builds: { aidb: { content: 'changed again' } } });
  const shared = { AI_STACK_REGISTRY: REGISTRY, SLIPWAY_ENDPOINTS: `${REGISTRY}=${registry.url}` };
  for (const [args, env] of [
    [['--immutable'], {}],
    [['--unscanned'], shared],
  ] as [string[], Record<string, string>][]) {
    const refused = await run(['aidb', ...args], env).ended;
    assert.equal(refused.status, 1);
    assert.match(
      refused.stderr,
      /^slipway: aidb: \S+\/ai-stack-aidb:dev is sha256:[0-9a-f]{64}, expected .*never moves/,
    );
    assert.equal(tagOf('aidb'), second);
  }
});

test('a registry that others pull from takes no image that nobody has scanned (A7)', async t => {
  const { registry, run } = await setUp(t);
  const shared = { AI_STACK_REGISTRY: REGISTRY, SLIPWAY_ENDPOINTS: `${REGISTRY}=${registry.url}` };
  const refused = await run(['aidb'], shared).ended;
  assert.equal(refused.status, 1);
  assert.match(
    refused.stderr,
    /^slipway: registry \S+ is shared, and no stack of ai-stack says how images are scanned/,
  );
  assert.equal(registry.manifests.size, 0);
});

test('services build on one digest of what their Dockerfiles name, from a mirror where there is one', async t => {
  const { registry, run, name, tools } = await setUp(t, {}, 'FROM python:3.11-slim\n');
  const digest = registry.index('library/python', '3.11-slim', BOTH);
  const { status, stderr } = await run(['aidb', 'embeddings', '--mirror', name]).ended;
  assert.equal(status, 0, stderr);
  for (const folder of ['aidb', 'embeddings-service']) {
    const { args } = recordedBuild(tools, folder)!;
    assert.ok(
      args.includes(`--opt=context:python:3.11-slim=docker-image://${name}/library/python:3.11-slim@${digest}`),
      args.join(' '),
    );
  }
  const looks = registry.requests.filter(request => request.endsWith('/v2/library/python/manifests/3.11-slim'));
  assert.equal(looks.length, 1);

  registry.index('library/python', '3.11-slim', ['linux/amd64']);
  const half = await run(['aidb', 'embeddings', '--mirror', name]).ended;
  assert.equal(half.status, 1);
  assert.equal(half.stderr.trimEnd().split('\n').length, 2, half.stderr);
  assert.match(
    half.stderr,
    /aidb: ai-stack\/mcp-servers\/aidb\/Dockerfile:1: base python:3.11-slim in \S+ is .*; needed linux\/amd64 and linux\/arm64$/m,
  );
});

test('a base that is new on this machine is brought by one build, while the others build; the next run has it', async t => {
  const builds = Object.fromEntries(['aidb', 'embeddings-service', 'nixos-docs'].map(name => [name, { delay: 500 }]));
  const { registry, run, name, tools } = await setUp(t, { builds }, 'FROM python:3.11-slim\n');
  registry.index('library/python', '3.11-slim', BOTH);
  const services = ['aidb', 'embeddings', 'nixos-docs', '--mirror', name];
  assert.equal((await run(services).ended).status, 0);
  const first = endedBuilds(tools);
  assert.deepEqual(
    first.map(build => build.exports),
    [false, false, false, true, true, true],
  );
  assert.ok(first[2]!.began < first[0]!.over, 'they build beside each other');
  const exports = first.slice(3);
  assert.deepEqual(
    exports.map(build => build.found > 0),
    [false, true, true],
  );
  for (const [i, build] of exports.slice(1).entries()) assert.ok(build.began >= exports[i]!.over, 'one brings it');

  assert.equal((await run(services).ended).status, 0);
  const second = endedBuilds(tools).slice(first.length);
  assert.deepEqual(
    second.map(build => build.exports && build.found > 0),
    [true, true, true],
  );
});

test('what nothing can be built from is told before anything is: builder, sources, registry', async t => {
  const silent = await setUp(t, { silent: 'no such file' });
  assert.match(
    (await silent.run(['aidb']).ended).stderr,
    /^slipway: builder unix:\S+ does not answer: .*no such file; start it, or name one of /,
  );
  const single = await setUp(t, { platforms: ['linux/amd64'] });
  assert.match(
    (await single.run(['aidb']).ended).stderr,
    /^slipway: builder unix:\S+ builds for linux\/amd64; needed: linux\/amd64 and linux\/arm64\. Install its emulators/,
  );
  const ready = await setUp(t);
  assert.match(
    (await ready.run(['aidb', '--source', '/nowhere']).ended).stderr,
    /^slipway: aidb: there is no ai-stack\/mcp-servers\/aidb\/Dockerfile in \/nowhere; /,
  );
  const closed = await ready.run(['aidb', '--registry', '127.0.0.1:1']).ended;
  assert.match(closed.stderr, /^slipway: .*127\.0\.0\.1:1/);
  for (const { tools } of [silent, single, ready]) assert.equal(recordedBuild(tools, 'aidb'), undefined);
});
