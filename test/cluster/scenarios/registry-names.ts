// One set of images under each of the registry's names.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fixture } from '../support/fixture.ts';
import { insideNames, seenInside } from '../support/inside.ts';
import { withPushed } from '../support/pushed.ts';
import { readIndex, statusAs } from '../support/registry.ts';

export function registryNames(fixture: () => Fixture): void {
  test('what is pushed outside, over TLS with a password, a node pulls inside, and its digest is one under each name (C1)', async () => {
    const f = fixture();
    await withPushed(f, async pushed => {
      const outside = await readIndex(f, pushed.repository, pushed.tag);
      assert.equal(outside.digest, pushed.digest);
      assert.deepEqual(Object.keys(outside.platforms).sort(), ['linux/amd64', 'linux/arm64']);
      const seen = await seenInside(f, pushed);
      assert.deepEqual(Object.keys(seen), insideNames);
      for (const [name, { status, digest, told, upload }] of Object.entries(seen)) {
        assert.deepEqual({ status, digest, told }, { status: 200, digest: pushed.digest, told: pushed.digest }, name);
        assert.equal(upload.status, 202, name);
        assert.match(upload.location ?? '', /^\/v2\//, 'an upload stays under the name that it was begun under');
      }
    });
  });

  test('outside nobody is let in without the password (C1)', async () => {
    const f = fixture();
    const path = '/v2/cerebral/ai-base/manifests/cpu';
    const wrong = `Basic ${Buffer.from('slipway:wrong').toString('base64')}`;
    assert.equal(await statusAs(f, undefined, path), 401);
    assert.equal(await statusAs(f, wrong, path), 401);
  });
}
