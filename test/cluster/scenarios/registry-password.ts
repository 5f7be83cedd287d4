// A registry that asks for its password inside, too: nodes, steps and both builders sign in, and others are not let in.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { registryCredentials } from '../../../sandbox/builder/docker-config.ts';
import { endOfRun, reason, result, succeeded } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { insideNames, registryName, seenInside } from '../support/inside.ts';
import { withPod } from '../support/pod.ts';
import { withPushed } from '../support/pushed.ts';
import { assertServed, pushVersion } from '../support/recovered.ts';
import { deployedImage, endOfPush } from '../support/service.ts';
import { removeSecrets, setSecrets } from '../support/stack-secrets.ts';
import { upWith } from '../support/up.ts';
import { byKaniko, inBuildNamespace } from './kaniko.ts';
import { createRun, seedParameters } from './manual-run.ts';

/** The key by which the stack's registry asks inside. */
async function asking({ config }: Fixture): Promise<Record<string, object>> {
  const file = parse(await readFile(join(config.home, 'pulumi', 'Pulumi.local.yaml'), 'utf8'));
  return { registry: { ...file.config['slipway:registry'], inside: { auth: 'password' } } };
}

/** Why a container of the pod waits, once its node has tried to pull. */
async function pullFault(f: Fixture, name: string, namespace: string): Promise<string> {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(250)) {
    const pod = await f.get<{
      status: { containerStatuses?: { state: { waiting?: { reason: string; message?: string } } }[] };
    }>('pod', name, '--namespace', namespace);
    const waiting = pod?.status.containerStatuses?.[0]?.state.waiting;
    if (waiting?.reason === 'ErrImagePull') return waiting.message ?? '';
  }
  return 'no fault within 30 s';
}

/** Follows the scenario of Kaniko, whose builder is the stack's when this begins. */
export function registryPassword(fixture: () => Fixture): void {
  test('a stack that builds by Kaniko asks for the password inside, too, by one key: Kaniko signs in, and the same content is the same digest (C1, C13)', async () => {
    const f = fixture();
    // The password that it asks for outside.
    const { username, password } = await registryCredentials(f.config);
    await setSecrets(f, 'registryCredentials', { password }, { username });
    await upWith(f, { ...(await asking(f)), serviceBuilds: byKaniko });
    const before = await deployedImage(f);
    const run = await endOfRun(f.kube, await createRun(f, seedParameters));
    assert.equal(succeeded(run), true, reason(run));
    assert.match(result(run, 'outcome') ?? '', /^unchanged/);
    assert.equal(await deployedImage(f), before);
  });

  test('without the password no pod reads or writes, and no node pulls (C1)', async () => {
    const f = fixture();
    await withPushed(f, async pushed => {
      // The pod that asks is itself pulled with the pull secret of the namespace.
      const seen = await seenInside(f, pushed);
      for (const name of insideNames)
        assert.deepEqual([seen[name]?.status, seen[name]?.upload.status], [401, 401], name);
    });
    // Another one, which the node does not have yet.
    await withPushed(f, async ({ repository, tag, digest }) => {
      const image = `${registryName}/${repository}:${tag}@${digest}`;
      const stranger = { name: 'stranger', namespace: 'default', image, command: ['node', '--version'] };
      assert.match(
        await withPod(f, stranger, () => pullFault(f, stranger.name, stranger.namespace)),
        /401|unauthorized|no basic auth/i,
      );
    });
  });

  test('back to BuildKit: its daemons stand again, sign in, and a push builds, publishes and rolls out; so does a run by hand (C1, C13)', async () => {
    const f = fixture();
    await upWith(f, await asking(f));
    assert.deepEqual((await inBuildNamespace(f, 'deployments')).sort(), ['buildkitd-amd64', 'buildkitd-arm64']);
    const run = await endOfPush(f, await pushVersion(f, 'with-password'));
    assert.equal(succeeded(run), true, reason(run));
    await assertServed(f, run, 'with-password');
    const byHand = await endOfRun(f.kube, await createRun(f, seedParameters));
    assert.equal(succeeded(byHand), true, reason(byHand));
  });

  test('open again, no pull secret is left', async () => {
    const f = fixture();
    await removeSecrets(f, 'registryCredentials');
    await upWith(f);
    const secrets = await f.get<{ items: object[] }>(
      'secrets',
      '--all-namespaces',
      '--field-selector=type=kubernetes.io/dockerconfigjson',
    );
    assert.deepEqual(secrets?.items ?? [], []);
    const handMade = await f.get<object>('serviceaccount', 'default', '--namespace', 'tekton-pipelines');
    assert.ok(!JSON.stringify(handMade).includes('imagePullSecrets'));
  });
}
