// Equal content is an equal digest: what builds the same is not rolled out again, whoever builds it, when and how.
import assert from 'node:assert/strict';
import { appendFile, chmod, cp, readdir, readFile, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { normaliseModes } from '../../../components/context-modes.ts';
import { sourceDateEpoch } from '../../../images/reproducible.ts';
import { checkout } from '../../../sandbox/checkout.ts';
import { commitAndPush } from '../../../sandbox/first-push/repository.ts';
import { endOfRun, type PipelineRun, reason, result, succeeded } from '../../../sandbox/first-push/runs.ts';
import { run } from '../../../sandbox/tools/run.ts';
import type { Fixture } from '../support/fixture.ts';
import { readIndex } from '../support/registry.ts';
import { clone, deployedImage, digestIn, endOfPush, pods, service } from '../support/service.ts';
import { createRun, seedParameters } from './manual-run.ts';

const folder = `microservices/${service.name}`;

/** What must stay as it is: the image, the pods, the branch's tag. */
async function state(f: Fixture) {
  const [image, running, index] = await Promise.all([deployedImage(f), pods(f), readIndex(f, service.image, 'main')]);
  return { image, pods: running.map(({ metadata }) => metadata.uid), branch: index.digest };
}

async function assertUnchanged(f: Fixture, run: PipelineRun, before: Awaited<ReturnType<typeof state>>): Promise<void> {
  assert.equal(succeeded(run), true, reason(run));
  assert.match(result(run, 'outcome') ?? '', /^unchanged/);
  assert.equal(result(run, 'digest'), digestIn(before.image));
  assert.deepEqual(await state(f), before);
}

/** Ends the build daemons, and their caches with them; back when the new ones are ready. */
export async function emptyCaches(f: Fixture): Promise<void> {
  const inBuild = ['--namespace', 'slipway-build'];
  await f.kube(['delete', 'pods', ...inBuild, '--selector=slipway.dev/part=buildkitd', '--wait=true']);
  await f.kube(['rollout', 'status', 'deployment', ...inBuild, '--timeout=120s']);
}

/** A checkout's docker/, as a machine with another umask has it, at another time. */
async function otherCheckout(f: Fixture, name: string, mode: number, time: Date): Promise<string> {
  const other = join(f.config.home, 'scratch', name);
  await rm(other, { recursive: true, force: true });
  await cp(join(checkout, 'docker'), join(other, 'docker'), { recursive: true });
  for (const entry of await readdir(other, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    await chmod(path, entry.isDirectory() ? 0o755 : mode);
    await utimes(path, time, time);
  }
  await normaliseModes(join(other, 'docker'));
  return other;
}

/** The digest of the base's index, built without caches by the machine's own builder as the program builds it. */
async function buildBase(f: Fixture, from: string): Promise<string> {
  const { home, ports } = f.config;
  const stack = parse(await readFile(join(home, 'pulumi', 'Pulumi.local.yaml'), 'utf8')).config;
  const upstream = parse(await readFile(join(home, 'locks', 'local.yaml'), 'utf8')).upstream;
  const python = `127.0.0.1:${ports.mirror}/library/python:3.11-slim@${upstream['docker.io/library/python:3.11-slim'].digest}`;
  const options = {
    filename: 'Dockerfile.ai-base.cpu',
    platform: 'linux/amd64,linux/arm64',
    'context:python:3.11-slim': `docker-image://${python}`,
    'build-arg:SOURCE_DATE_EPOCH': String(sourceDateEpoch),
    ...Object.fromEntries(
      Object.entries(stack['slipway:buildArgs'].cpu).map(([name, value]) => [`build-arg:${name}`, value]),
    ),
  };
  const metadata = join(from, 'metadata.json');
  await run(
    (await f.tools()).path('buildctl'),
    [
      ...['--addr', `unix://${join(home, 'run', 'builder', 'b.sock')}`, 'build', '--frontend', 'dockerfile.v0'],
      ...['--no-cache', '--local', `context=${from}`, '--local', `dockerfile=${join(from, 'docker')}`],
      ...Object.entries(options).flatMap(([name, value]) => ['--opt', `${name}=${value}`]),
      ...['--secret', `id=ca-bundle,src=${join(home, 'pki', 'bundle.crt')}`],
      ...['--output', 'type=image,oci-mediatypes=true,rewrite-timestamp=true', '--metadata-file', metadata],
    ],
    { env: { ...process.env, DOCKER_CONFIG: join(home, 'docker') } },
  );
  return JSON.parse(await readFile(metadata, 'utf8'))['containerimage.digest'];
}

export function unchanged(fixture: () => Fixture): void {
  test('a push that changes no content of the image ends with unchanged: same index, same tag, same pod', async () => {
    const f = fixture();
    const before = await state(f);
    const sources = await clone(f);
    await appendFile(join(sources.folder, folder, 'README.md'), 'What is said of it is no part of its image.\n');
    await appendFile(join(sources.folder, folder, 'Dockerfile'), '# Nor is this.\n');
    await assertUnchanged(f, await endOfPush(f, await commitAndPush(sources, 'Describe it')), before);
  });

  test('built again without caches, from a checkout made later, it is the same index', async () => {
    const f = fixture();
    const before = await state(f);
    await emptyCaches(f);
    await assertUnchanged(f, await endOfRun(f.kube, await createRun(f, seedParameters)), before);
  });

  test('a Deployment that is on another digest gets the unchanged one', async () => {
    const f = fixture();
    const before = await state(f);
    const { platforms } = await readIndex(f, service.image, 'main');
    const stray = before.image.replace(/@.*/, `@${platforms['linux/amd64']}`);
    const inSystem = ['--namespace', service.namespace];
    await f.kube(['set', 'image', ...inSystem, `deployment/${service.name}`, `${service.name}=${stray}`]);
    await f.kube(['rollout', 'status', ...inSystem, `deployment/${service.name}`, '--timeout=60s']);
    const ended = await endOfRun(f.kube, await createRun(f, seedParameters));
    assert.equal(result(ended, 'outcome'), 'rolled out');
    assert.equal(result(ended, 'digest'), digestIn(before.image));
    // A pod that is on its way out may still be counted among the ready ones for a moment.
    for (const end = Date.now() + 15_000; (await pods(f)).length > 1 && Date.now() < end; ) await sleep(500);
    assert.equal(await deployedImage(f), before.image);
  });

  test('a base built again without caches, from a checkout with another umask and time, is the index of the stack', async () => {
    const f = fixture();
    const { digest } = await readIndex(f, 'cerebral/ai-base', 'cpu');
    const closed = await otherCheckout(f, 'private', 0o600, new Date('2001-02-03T04:05:06Z'));
    assert.equal(await buildBase(f, closed), digest);
  });
}
