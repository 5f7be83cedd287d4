// Old builds go from the registry: none that runs, that a tag names, or that something could go back to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { reason, succeeded } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { assertWhole, published } from '../support/published.ts';
import { assertServed, pushVersion } from '../support/recovered.ts';
import { registry } from '../support/registry.ts';
import { deployedImage, digestIn, endOfPush, service, services } from '../support/service.ts';

const prune = (f: Fixture, ...args: string[]) =>
  f.npm(['run', '--silent', 'sandbox:slipway', '--', 'prune', 'local', ...args]);

interface ReplicaSet {
  metadata: { name: string };
  spec: { replicas: number };
}

/** Takes away what builds are kept for: their runs, and the ReplicaSets that a rollout has left. */
async function forgetPast(f: Fixture): Promise<void> {
  await f.kube(['delete', 'pipelineruns.tekton.dev', '--all', '--namespace', 'tekton-pipelines', '--wait=true']);
  const of = ['--namespace', service.namespace];
  const sets = await f.get<{ items: ReplicaSet[] }>('replicasets', ...of, `--selector=app=${service.name}`);
  const past = (sets?.items ?? []).filter(({ spec }) => spec.replicas === 0).map(({ metadata }) => metadata.name);
  if (past.length > 0) await f.kube(['delete', 'replicasets', ...of, ...past]);
}

interface Declared {
  metadata: { managedFields: { manager: string }[] };
  spec: object;
}

/** What a registry says to a write, again and again until `end`, how often each: its pod goes and comes. */
async function answersTo(f: Fixture, end: AbortSignal): Promise<Map<string, number>> {
  const nothing = `/v2/${service.image}/manifests/sha256:${'0'.repeat(64)}`;
  const said = new Map<string, number>();
  while (!end.aborted) {
    const answer = await registry(f, 'DELETE', nothing, { patience: 2000 }).then(
      ({ status }) => String(status),
      (error: Error) => error.message,
    );
    said.set(answer, (said.get(answer) ?? 0) + 1);
    await sleep(200);
  }
  return said;
}

export function prunes(fixture: () => Fixture): void {
  let old: string[];

  test('slipway prune lists what keeps each build, and which are old; it removes none (A8)', async () => {
    const f = fixture();
    // The one before the newest is what its rollout goes back to, so it takes two to make this one old.
    const before = digestIn(await deployedImage(f))!;
    for (const version of ['to-go-back-to', 'to-be-kept']) {
      const run = await endOfPush(f, await pushVersion(f, version));
      assert.equal(succeeded(run), true, reason(run));
    }
    await forgetPast(f);
    const there = await published(f);
    const { status, output } = await prune(f);
    assert.equal(status, 0, output);
    old = [...output.matchAll(/^old +(\S+) +([0-9a-f]{12}) +nothing names it but /gm)].map(
      ([, name, short]) => `${name} ${short}`,
    );
    assert.ok(old.includes(`${service.image} ${before.slice(7, 19)}`), output);
    for (const name of services) {
      const short = digestIn(await deployedImage(f, name))!.slice(7, 19);
      assert.match(output, new RegExp(`^kept +cerebral/${name} +${short} +tag `, 'm'));
    }
    assert.match(output, new RegExp(`\\nlocal: ${old.length} of \\d+ builds would be removed; `));
    assert.deepEqual(await published(f), there);
  });

  test('slipway prune --delete removes the old ones and nothing else; the next push goes as ever (A8)', async () => {
    const f = fixture();
    const there = await published(f);
    const { status, output } = await prune(f, '--delete');
    assert.equal(status, 0, output);
    const short = (index: string) => index.replace(/@sha256:([0-9a-f]{12}).*/, ' $1');
    const left = await published(f);
    assert.deepEqual(
      [...there]
        .filter(index => !left.has(index))
        .map(short)
        .sort(),
      [...old].sort(),
    );
    for (const index of there) {
      if (left.has(index)) continue;
      const [repository, digest] = index.split('@');
      assert.equal((await registry(f, 'HEAD', `/v2/${repository}/manifests/${digest}`)).status, 404, index);
    }
    await assertWhole(f, left);
    assert.match((await prune(f)).output, /\nlocal: 0 of \d+ builds are needed by nothing\n/);
    const run = await endOfPush(f, await pushVersion(f, 'after-pruning'));
    assert.equal(succeeded(run), true, reason(run));
    await assertServed(f, run, 'after-pruning');
  });
}

/** Its own, so that a campaign can have it alone: it keeps the registry's pod changing for a minute. */
export function collects(fixture: () => Fixture): void {
  test('slipway prune --delete --collect frees the layers, read-only; a push meanwhile is not lost (A8)', async () => {
    const f = fixture();
    const there = await published(f);
    const end = new AbortController();
    const [commit, { status, output }, answers] = await Promise.all([
      pushVersion(f, 'while-collecting'),
      prune(f, '--delete', '--collect').finally(() => end.abort()),
      answersTo(f, end.signal),
    ]);
    assert.equal(status, 0, output);
    const told = [...answers].map(([answer, times]) => `${times} x ${answer}`).join('; ');
    assert.ok(answers.has('405'), `a push meets a registry that is read-only: ${told}`);
    assert.match(output, /\nthe registry is read-only; collecting its garbage\nthe registry takes pushes again\n/);
    assert.ok(Number(/^local: (\d+) blobs removed, [1-9]\d* are in use$/m.exec(output)?.[1]) > 0, output);
    const run = await endOfPush(f, commit);
    assert.equal(succeeded(run), true, reason(run));
    await assertServed(f, run, 'while-collecting');
    const now = await published(f);
    await assertWhole(f, now);
    // What has become old since goes with it, and is listed; nothing else does.
    const gone = [...there]
      .filter(index => !now.has(index))
      .map(index => index.replace(/@sha256:([0-9a-f]{12}).*/, ' $1'));
    const listed = [...output.matchAll(/^old +(\S+) +([0-9a-f]{12}) /gm)].map(([, name, short]) => `${name} ${short}`);
    assert.deepEqual(gone.sort(), listed.sort());
    const of = ['deployment', 'registry', '--namespace', 'registry'];
    const { metadata, spec } = (await f.get<Declared>(...of, '--show-managed-fields'))!;
    assert.ok(!metadata.managedFields.some(({ manager }) => manager === 'slipway-collect'));
    assert.ok(!JSON.stringify(spec).includes('READONLY'));
    assert.equal(await f.get('pod', 'registry-collect', '--namespace', 'registry'), undefined);
  });
}
