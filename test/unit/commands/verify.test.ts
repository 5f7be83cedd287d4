import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { verify } from '../../../commands/verify.ts';
import { printEndpoints } from '../../../images/endpoints.ts';
import { FakeRegistry, REGISTRY } from '../images/fake-registry.ts';

test('a verified image is told with what each platform pulls, and holds unpacked (C5, C14)', async t => {
  const registry = await FakeRegistry.start();
  t.after(() => registry.stop());
  const layers = ['one', 'another'].map(text => gzipSync(Buffer.alloc(200_000, text)));
  const platforms = ['linux/amd64', 'linux/arm64'];
  const digest = registry.index('cerebral/ai-base', 'cpu', platforms, {}, '', { layers });
  const found = await verify(`${REGISTRY}/cerebral/ai-base:cpu`, platforms.join(), printEndpoints(registry.endpoints));
  assert.equal(found.digest, digest);
  const weight = { packed: layers[0]!.length + layers[1]!.length, unpacked: 400_000 };
  assert.deepEqual(found.sizes, { 'linux/amd64': weight, 'linux/arm64': weight });
});
