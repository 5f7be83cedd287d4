// The committed locks: what a team starts from.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseLock, printLock } from '../../images/lock.ts';
import { OCI_INDEX } from '../../images/manifest.ts';
import { builtImages } from '../../settings/lock-images.ts';
import { readSettings } from '../../settings/settings.ts';
import { cerebral } from '../../systems/cerebral.ts';
import { stackValues } from './settings/stack-files.ts';

const locks = globSync('locks/*.yaml').sort();
const read = (file: string) => parseLock(readFileSync(file, 'utf8'), file);

test('every committed lock is written as the commands write it', () => {
  const stacks = globSync('Pulumi.*.yaml').map(file => file.slice('Pulumi.'.length, -'.yaml'.length));
  assert.deepEqual(locks, stacks.map(stack => `locks/${stack}.yaml`).sort());
  for (const file of locks) assert.equal(readFileSync(file, 'utf8'), printLock(read(file)), file);
});

test('the lock of every stack file has each service that the stack runs, and each image that it builds', async () => {
  for (const file of globSync('Pulumi.*.yaml')) {
    const stack = file.slice('Pulumi.'.length, -'.yaml'.length);
    const settings = readSettings(stack, await stackValues(stack));
    const { images } = read(settings.lock);
    const wanted = [...settings.services.map(({ image }) => image), ...builtImages(settings).map(({ key }) => key)];
    assert.deepEqual(
      wanted.filter(key => images[key] === undefined),
      [],
      file,
    );
  }
});

test('dev, staging and prod start with the two recorded digests of the bases, all else waiting or unknown (P5)', () => {
  const recorded = (digest: string) => ({
    digest: `sha256:${digest}`,
    mediaType: OCI_INDEX,
    platforms: { 'linux/amd64': 'unknown', 'linux/arm64': 'unknown' },
    commit: 'unknown',
    pinnedAt: 'unknown',
    pinnedBy: 'unknown',
  });
  for (const stack of ['dev', 'staging', 'prod']) {
    const { images, upstream } = read(`locks/${stack}.yaml`);
    assert.deepEqual(images, {
      ...Object.fromEntries(cerebral.services.map(({ image }) => [image, 'waiting'])),
      'cerebral/ai-base:cpu': recorded('5dc0e85248ef3f30d8c8bf82208414441ba47855f5316a29d46ff6b674bc49b9'),
      'cerebral/ai-base:cuda': recorded('bd09126450be105ea3dca4fb8f2711bf602992ecf3736c7cfd2b62d3b210f387'),
      'slipway/step:main': 'waiting',
    });
    assert.ok(Object.values(upstream).every(entry => entry === 'unknown'));
  }
});
