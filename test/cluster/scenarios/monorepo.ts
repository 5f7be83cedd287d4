// A repository of 200 services, of which one has changed: one run, as soon and as long as in a small repository.
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromKubeconfig } from '../../../cluster/kube.ts';
import { commitAndPush, edit } from '../../../sandbox/first-push/repository.ts';
import { endOfRun, reason, succeeded } from '../../../sandbox/first-push/runs.ts';
import { makeListener } from '../../../steps/listener.ts';
import { parsePushConfig } from '../../../steps/push-config.ts';
import type { Fixture } from '../support/fixture.ts';
import { assertNoRunWithin, clone, endOfPush, mainFile, runNames, service } from '../support/service.ts';
import { pushEvent, signature } from '../support/webhook.ts';

const others = Array.from({ length: 197 }, (_, i) => `service-${i}`);

/** The stack's own listener configuration, with the other services of the repository in it as well. */
async function wholeCatalogue(f: Fixture) {
  const kept = await f.get<{ data: Record<string, string> }>(
    ...['configmap', 'slipway-push', '--namespace', 'tekton-pipelines'],
  );
  const config = parsePushConfig(kept?.data['push.json'] ?? '');
  const like = (name: string) => ({
    ...{ name, image: `cerebral/${name}`, dockerfile: `microservices/${name}/Dockerfile` },
    ...{ context: `./microservices/${name}/`, changes: [`microservices/${name}/`] },
  });
  return { ...config, services: [...others.map(like), ...config.services] };
}

export function monorepo(fixture: () => Fixture): void {
  const folder = async (name: string) => join((await clone(fixture())).folder, 'microservices', name);

  test('in a repository of 200 services the one that changed is built, and the fetch has them all (C9)', async () => {
    const f = fixture();
    await assertNoRunWithin(f, 2, async () => {
      for (const name of others) {
        await mkdir(await folder(name), { recursive: true });
        await writeFile(join(await folder(name), 'Dockerfile'), 'FROM cerebral/ai-base:cuda\n');
        await writeFile(join(await folder(name), 'main.py'), `NAME = '${name}'\n`.repeat(200));
      }
      await commitAndPush(await clone(f), 'Many services');
    });
    const before = await runNames(f);
    await edit(await clone(f), mainFile, /^VERSION = .*$/m, "VERSION = 'one of 200'");
    const run = await endOfPush(f, await commitAndPush(await clone(f), 'Change one of them'));
    assert.equal(succeeded(run), true, reason(run));
    assert.deepEqual(
      [...(await runNames(f))].filter(name => !before.has(name)),
      [run.metadata.name],
    );
  });

  test('a listener for 200 services makes one run of a push that changes one, within two seconds (C9)', async () => {
    const f = fixture();
    const commit = (await (await clone(f)).git('rev-parse', 'HEAD')).trim();
    const kube = await fromKubeconfig(join(f.config.home, 'kubeconfig'));
    const config = await wholeCatalogue(f);
    assert.equal(config.services.length, 200);
    const server = makeListener(
      () => kube,
      { config, secret: async () => 'of this test' },
      () => {},
    );
    try {
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      const body = pushEvent(commit, { padding: 'x'.repeat(50_000) });
      const start = Date.now();
      const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {
        ...{ method: 'POST', body, headers: { ...signature('of this test', body), 'x-github-event': 'push' } },
      });
      const took = Date.now() - start;
      const { runs } = (await answer.json()) as { runs: string[] };
      assert.equal(runs.length, 1);
      assert.match(runs[0]!, new RegExp(`^cerebral-${service.name}-`));
      assert.ok(took < 2000, `${took} ms`);
      assert.equal(succeeded(await endOfRun(f.kube, runs[0]!)), true);
    } finally {
      server.close();
      kube.close();
    }
  });

  test('the repository is small again', async () => {
    await assertNoRunWithin(fixture(), 2, async () => {
      for (const name of others) await rm(await folder(name), { recursive: true });
      await commitAndPush(await clone(fixture()), 'Three services');
    });
  });
}
