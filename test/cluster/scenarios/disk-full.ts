// No room under the registry. A builder's full disk is a case of `npm run campaign -- faults`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reason, succeeded } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { killInSandbox, parts } from '../support/processes.ts';
import { assertWhole, published } from '../support/published.ts';
import { assertServed, pushVersion } from '../support/recovered.ts';
import { readIndex } from '../support/registry.ts';
import { answer, deployedImage, endOfPush, service } from '../support/service.ts';
import {
  builderFolder,
  registryFolder,
  renewPods,
  restarted,
  type SmallDisk,
  smallDisk,
} from '../support/small-disk.ts';

const MIB = 2 ** 20;
const daemon = 'buildkitd-amd64';

/** A push meets the full disk and says so; nothing moves; with room, an empty push builds it. */
export async function pushOnFull(f: Fixture, disk: SmallDisk, version: string, why: RegExp): Promise<string> {
  const image = await deployedImage(f);
  const tags = () => Promise.all(['main', 'live-local'].map(tag => readIndex(f, service.image, tag)));
  const before = await tags();
  const run = await endOfPush(f, await pushVersion(f, version));
  assert.equal(succeeded(run), false, 'the disk is full');
  assert.match(reason(run), why);
  assert.equal(await deployedImage(f), image);
  assert.deepEqual(await tags(), before, 'no tag has moved');
  assert.match(await answer(f, '/health'), /ok/);
  await disk.leave(4096 * MIB);
  await assertServed(f, run, version);
  return reason(run);
}

export async function withFullRegistry<T>(f: Fixture, act: (disk: SmallDisk) => Promise<T>): Promise<T> {
  const disk = await smallDisk(f, await registryFolder(f));
  try {
    await renewPods(f, 'registry', 'app=registry');
    await disk.leave(0);
    return await act(disk);
  } finally {
    await disk.remove();
    await renewPods(f, 'registry', 'app=registry');
  }
}

export async function withFullBuilder<T>(f: Fixture, act: (disk: SmallDisk) => Promise<T>): Promise<T> {
  const disk = await smallDisk(f, await builderFolder(f, daemon), { empty: true });
  try {
    await restarted(f, 'slipway-build', () => killInSandbox(f, parts.buildkitd));
    // Room for a start of the build, and not for the base's files.
    await disk.leave(40 * MIB);
    return await act(disk);
  } finally {
    await disk.remove();
    await renewPods(f, 'slipway-build', `app=${daemon}`);
  }
}

export function diskFull(fixture: () => Fixture): void {
  test('a full disk under the registry: the run says so, the service goes on, and with room an empty push builds it', async () => {
    const f = fixture();
    const before = await published(f);
    await withFullRegistry(f, disk => pushOnFull(f, disk, 'full-registry', /the disk under the registry is full/));
    await assertWhole(f, before);
  });
}
