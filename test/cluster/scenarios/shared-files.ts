// Files that services share: a change of them is a change of each.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { commitAndPush } from '../../../sandbox/first-push/repository.ts';
import { reason, result, succeeded } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { clone, deployedImage, endOfPush, services } from '../support/service.ts';

const file = 'microservices/shared/words.txt';

export function sharedFiles(fixture: () => Fixture): void {
  test('a change of shared files builds all services that name them; what it does not change stays as it is (C9)', async () => {
    const f = fixture();
    const sources = await clone(f);
    const before = await Promise.all(services.map(name => deployedImage(f, name)));
    const path = join(sources.folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, 'words of all services\n');
    const added = await commitAndPush(sources, 'Change what is shared');
    for (const name of services) {
      const run = await endOfPush(f, added, name);
      assert.equal(succeeded(run), true, reason(run));
      assert.equal(
        run.metadata.annotations?.['slipway.dev/because'],
        'the push changes files of microservices/shared/',
      );
      // No Dockerfile of the samples takes them.
      assert.match(result(run, 'outcome') ?? '', /^unchanged/);
    }
    assert.deepEqual(await Promise.all(services.map(name => deployedImage(f, name))), before);
  });
}
