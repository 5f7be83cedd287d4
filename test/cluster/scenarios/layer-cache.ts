// Layers that are kept in the registry: what a new build daemon has instead of a cache of its own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commitAndPush, edit } from '../../../sandbox/first-push/repository.ts';
import { type PipelineRun, reason, succeeded } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { registry } from '../support/registry.ts';
import { clone, endOfPush, logOf } from '../support/service.ts';
import { emptyCaches } from './unchanged.ts';

/** The one that asks for it in the catalogue. */
const name = 'knowledge-services';
const tags = ['cache-linux-amd64', 'cache-linux-arm64'];

const digestOf = async (f: Fixture, reference: string) =>
  (await registry(f, 'HEAD', `/v2/cerebral/${name}/manifests/${reference}`)).headers['docker-content-digest'];

/** In the log of a build on daemons that had nothing: each platform has found its ref, and not run pip. */
async function assertFromRegistry(f: Fixture, run: PipelineRun): Promise<void> {
  assert.equal(succeeded(run), true, reason(run));
  const log = await logOf(f, run);
  for (const tag of tags) {
    const platform = tag.replace('cache-', '').replace('-', '/');
    const lines = log.split('\n').filter(line => line.includes(`[${platform}]`));
    assert.ok(
      lines.some(line => line.includes(`importing cache manifest from 10.34.0.202:5000/cerebral/${name}:${tag}`)),
      log,
    );
    const step = /#(\d+) \[[^\]]*\] RUN pip install/.exec(lines.find(line => /RUN pip install/.test(line)) ?? '')?.[1];
    // BuildKit calls a step CACHED, or tells of its layers while they come; before what a step prints that runs stand its
    // seconds.
    const of = lines.filter(line => line.includes(` #${step} `));
    assert.ok(
      of.some(line => line.endsWith(' CACHED') || line.includes(' extracting sha256:')),
      `pip's layers did not come from the registry for ${platform}:\n${log}`,
    );
    assert.ok(!of.some(line => / #\d+ \d+\.\d+ /.test(line)), `pip has run again for ${platform}:\n${log}`);
  }
}

export function layerCache(fixture: () => Fixture): void {
  test('a build keeps its layers under one ref a platform, and what it replaces is gone (C13)', async () => {
    const f = fixture();
    const before = await Promise.all(tags.map(tag => digestOf(f, tag)));
    assert.ok(before.every(Boolean), 'earlier builds have left some');
    const sources = await clone(f);
    await edit(sources, `microservices/${name}/main.py`, /^VERSION = .*$/m, "VERSION = 'kept'");
    const run = await endOfPush(f, await commitAndPush(sources, 'Something to keep'), name);
    assert.equal(succeeded(run), true, reason(run));
    const after = await Promise.all(tags.map(tag => digestOf(f, tag)));
    for (const [i, digest] of after.entries()) {
      assert.notEqual(digest, before[i]);
      assert.equal(await digestOf(f, String(before[i])), undefined, 'the cache before is no longer there');
    }
  });

  test('daemons without a cache of their own take the layers from there (C13)', async () => {
    const f = fixture();
    await emptyCaches(f);
    const sources = await clone(f);
    await edit(sources, `microservices/${name}/main.py`, /^VERSION = .*$/m, "VERSION = 'on kept layers'");
    await assertFromRegistry(f, await endOfPush(f, await commitAndPush(sources, 'Above what is kept'), name));
  });
}
