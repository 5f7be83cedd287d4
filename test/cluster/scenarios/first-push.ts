// From nothing: npm start, and what the first pushes left behind.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edit } from '../../../sandbox/first-push/repository.ts';
import { result, succeeded } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { readIndex, runOn } from '../support/registry.ts';
import { answer, clone, deployedImage, digestIn, mainFile, pods, pushAndFollow, services } from '../support/service.ts';

export function firstPush(fixture: () => Fixture): void {
  test('npm start on an empty home ends with a table of what runs (P7)', async () => {
    const { status, output } = await fixture().npm(['start']);
    assert.equal(status, 0, output);
    assert.match(output, /SERVICE\s+DIGEST\s+COMMIT\s+READY\s+ADDRESS/);
    for (const name of services) {
      const row = `${name}\\s+sha256:[0-9a-f]{12}\\s+[0-9a-f]{12}\\s+1/1\\s+http://${name}\\.cerebral-platform\\.localhost:`;
      assert.match(output, new RegExp(row));
    }
    assert.match(output, /stand-in/, 'the output says that upstream images are stand-ins');
  });

  test('a pushed change runs by the digest of the index just published, and its answer is served (C9, C11)', async () => {
    const f = fixture();
    await edit(await clone(f), mainFile, /^VERSION = .*$/m, "VERSION = 'pushed by a test'");
    const run = await pushAndFollow(f, 'Say that a test pushed');
    assert.equal(succeeded(run), true, JSON.stringify(run.metadata.annotations));
    const digest = result(run, 'digest');
    assert.match(digest ?? '', /^sha256:[0-9a-f]{64}$/);
    assert.equal(digestIn(await deployedImage(f)), digest);
    const running = await pods(f);
    assert.equal(running.length, 1);
    assert.equal(digestIn(running[0]?.spec.containers[0]?.image ?? ''), digest);
    assert.match(await answer(f), /pushed by a test/);
  });

  test('the published index has both platforms, and each half prints its own architecture (C4)', async () => {
    const f = fixture();
    const image = await deployedImage(f);
    const index = await readIndex(f, 'cerebral/ai-services', digestIn(image)!);
    assert.deepEqual(Object.keys(index.platforms).sort(), ['linux/amd64', 'linux/arm64']);
    const print = ['python', '-c', 'import platform; print(platform.machine())'];
    assert.equal(
      await runOn(f, 'cerebral/ai-services', index.platforms['linux/amd64']!, 'linux/amd64', print),
      'x86_64',
    );
    assert.equal(
      await runOn(f, 'cerebral/ai-services', index.platforms['linux/arm64']!, 'linux/arm64', print),
      'aarch64',
    );
  });
}
