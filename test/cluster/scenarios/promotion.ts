// From one environment to the next: the same digest, on another registry that asks for its password, by a lock.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LockEntry } from '../../../images/lock.ts';
import { reason, succeeded } from '../../../sandbox/first-push/runs.ts';
import { type Environment, failed, ok } from '../support/environment.ts';
import type { Fixture } from '../support/fixture.ts';
import { pushVersion } from '../support/recovered.ts';
import { deployedImage, digestIn, endOfPush, service, services } from '../support/service.ts';
import { makeStaging, staging } from '../support/staging.ts';

const [first] = services as [string, ...string[]];

interface Deployed {
  spec: { template: { spec: { containers: { image: string }[] } } };
  status: { availableReplicas?: number };
}

/** The image of a service of `staging`, undefined where it has no workload. */
async function runs(f: Fixture, name: string): Promise<string | undefined> {
  const deployment = await f.get<Deployed>('deployment', name, '--namespace', staging.namespace);
  if (!deployment) return undefined;
  assert.equal(deployment.status.availableReplicas, 1, name);
  return deployment.spec.template.spec.containers[0]!.image;
}

async function entry({ lock }: Environment, name: string): Promise<LockEntry> {
  const found = (await lock()).images[`cerebral/${name}`];
  assert.ok(typeof found === 'object', `${name} is ${found}`);
  return found;
}

export function promotion(fixture: () => Fixture): void {
  let stack: Environment;

  test('a second environment beside the first: its own registry, which asks for a password, and services that wait (P4, P5, C1)', async () => {
    const f = fixture();
    stack = await makeStaging(f);
    assert.match(await stack.up(), /waiting/);
    assert.equal(await runs(f, first), undefined);
    const registry = await f.get<Deployed>('deployment', 'registry', '--namespace', staging.registryNamespace);
    assert.equal(registry?.status.availableReplicas, 1);
  });

  test('a lock that names a digest which its registry does not have is refused at preview and at up (P5)', async () => {
    const f = fixture();
    const { images } = await stack.lock();
    const digest = digestIn(await deployedImage(f, first))!;
    const unknown = { commit: 'unknown', pinnedAt: 'unknown', pinnedBy: 'unknown' };
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const platforms = { 'linux/amd64': 'unknown' as const, 'linux/arm64': 'unknown' as const };
    await stack.writeLock({
      ...images,
      [`cerebral/${first}`]: { digest, mediaType, platforms, ...unknown } as LockEntry,
    });
    for (const verb of [['preview'], ['up', '--yes', '--skip-preview']]) {
      const output = failed(await stack.pulumi(...verb, '--color', 'never'));
      assert.ok(output.includes(`names an image that is not in registry ${staging.registry}`), output);
      assert.ok(output.includes(`cerebral/${first}@${digest}`) && output.includes('slipway promote --from'), output);
    }
    assert.equal(await runs(f, first), undefined);
    await stack.writeLock(images);
  });

  test('what runs in one environment is promoted by digest to the other, and an up rolls out just that (P5)', async () => {
    const f = fixture();
    const promoted = ok(await stack.slipway('promote', '--from', 'local', '--to', 'staging', '--by', 'suite'));
    for (const name of services)
      assert.match(promoted, new RegExp(`cerebral/${name}: waiting → [0-9a-f]{12} of commit`));
    const preview = ok(await stack.slipway('preview', 'staging'));
    assert.match(preview, /staging: 3 services roll/);
    await stack.up();
    for (const name of services) {
      const digest = digestIn(await deployedImage(f, name))!;
      const pinned = await entry(stack, name);
      assert.deepEqual([pinned.digest, pinned.pinnedBy], [digest, 'suite']);
      assert.deepEqual(Object.keys(pinned.platforms).sort(), ['linux/amd64', 'linux/arm64']);
      const image = await runs(f, name);
      assert.ok(image?.startsWith(`${staging.registry}/cerebral/${name}:`) && image.endsWith(`@${digest}`), image);
    }
    await stack.commit('Promote all');
    const again = ok(await stack.slipway('promote', '--from', 'local', '--to', 'staging', '--by', 'suite'));
    assert.match(again, /nothing to change/);
    ok(await stack.pulumi('preview', '--expect-no-changes', '--color', 'never'));
  });

  test('the API server of the second environment refuses an image that has a tag only (P5)', async () => {
    const f = fixture();
    const image = `${staging.registry}/cerebral/${first}:main`;
    const command = ['create', 'deployment', 'by-tag', `--image=${image}`, '--namespace', staging.namespace];
    await assert.rejects(f.kube(command), /has no digest; a tag may mean another image tomorrow/);
  });

  test('a newer build is promoted, and taken back by a rollback of the lock (P5)', async () => {
    const f = fixture();
    const before = await entry(stack, first);
    const run = await endOfPush(f, await pushVersion(f, 'promoted-then-taken-back'));
    assert.equal(succeeded(run), true, reason(run));
    assert.equal(service.name, first);
    ok(await stack.slipway('promote', '--from', 'local', '--to', 'staging', first));
    const after = await entry(stack, first);
    assert.notEqual(after.digest, before.digest);
    assert.equal(after.digest, digestIn(await deployedImage(f, first)));
    await stack.up();
    assert.ok((await runs(f, first))?.endsWith(after.digest));
    await stack.commit(`Promote ${first}`);

    const back = ok(await stack.slipway('rollback', 'staging'));
    assert.match(
      back,
      new RegExp(`cerebral/${first}: ${after.digest.slice(7, 19)} .* → ${before.digest.slice(7, 19)}`),
    );
    assert.deepEqual(await entry(stack, first), before);
    await stack.up();
    assert.ok((await runs(f, first))?.endsWith(before.digest));
  });

  test('the second environment goes, and the first is as it was (P6)', async () => {
    const f = fixture();
    const images = await Promise.all(services.map(name => deployedImage(f, name)));
    await stack.remove();
    for (const namespace of [staging.namespace, staging.registryNamespace])
      assert.equal(await f.get('namespace', namespace), undefined, namespace);
    assert.deepEqual(await Promise.all(services.map(name => deployedImage(f, name))), images);
  });
}
