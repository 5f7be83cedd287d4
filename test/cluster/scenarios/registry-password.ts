// A registry that asks for its password inside, too: nodes, steps and both builders sign in, and others are not let in.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { registryCredentials } from '../../../sandbox/builder/docker-config.ts';
import { endOfRun, reason, succeeded } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { insideNames, registryName, seenInside } from '../support/inside.ts';
import { withPod } from '../support/pod.ts';
import { withPushed } from '../support/pushed.ts';
import { assertServed, pushVersion } from '../support/recovered.ts';
import { endOfPush } from '../support/service.ts';
import { removeSecrets, setSecrets } from '../support/stack-secrets.ts';
import { createRun, seedParameters } from './manual-run.ts';

/** `up` with `keys` over those of the stack's file: a path on the command line puts a new value in the place of a whole key. */
async function up(f: Fixture, keys: Record<string, object> = {}): Promise<void> {
  const options = Object.entries(keys).flatMap(([key, value]) => paths(`slipway:${key}`, value));
  const ended = await f.pulumi('up', '--yes', '--skip-preview', '--color', 'never', '--config-path', ...options);
  assert.equal(ended.status, 0, ended.output);
}

function paths(path: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => paths(`${path}[${i}]`, item));
  if (typeof value !== 'object' || value === null) return ['--config', `${path}=${value}`];
  return Object.entries(value).flatMap(([key, item]) => paths(`${path}.${key}`, item));
}

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

export function registryPassword(fixture: () => Fixture): void {
  test('a stack asks for the password inside by one key: without it no pod reads or writes, and no node pulls (C1)', async () => {
    const f = fixture();
    // The password that it asks for outside.
    const { username, password } = await registryCredentials(f.config);
    await setSecrets(f, 'registryCredentials', { password }, { username });
    await up(f, await asking(f));
    await withPushed(f, async pushed => {
      // The pod that asks is itself pulled with the pull secret of the namespace.
      const seen = await seenInside(f, pushed);
      for (const name of insideNames)
        assert.deepEqual([seen[name]?.status, seen[name]?.upload.status], [401, 401], name);
    });
    await withPushed(f, async ({ repository, tag, digest }) => {
      const image = `${registryName}/${repository}:${tag}@${digest}`;
      const stranger = { name: 'stranger', namespace: 'default', image, command: ['node', '--version'] };
      assert.match(
        await withPod(f, stranger, () => pullFault(f, stranger.name, stranger.namespace)),
        /401|unauthorized|no basic auth/i,
      );
    });
  });

  test('a push builds, publishes and rolls out there by BuildKit, and so does a run by hand (C1)', async () => {
    const f = fixture();
    const run = await endOfPush(f, await pushVersion(f, 'with-password'));
    assert.equal(succeeded(run), true, reason(run));
    await assertServed(f, run, 'with-password');
    const byHand = await endOfRun(f.kube, await createRun(f, seedParameters));
    assert.equal(succeeded(byHand), true, reason(byHand));
  });

  test('Kaniko signs in as well (C1, C13)', async () => {
    const f = fixture();
    const serviceBuilds = { builder: 'kaniko', cpu: '100m', memory: '256Mi' };
    await up(f, { ...(await asking(f)), serviceBuilds });
    const run = await endOfPush(f, await pushVersion(f, 'with-password-by-kaniko'));
    assert.equal(succeeded(run), true, reason(run));
    await assertServed(f, run, 'with-password-by-kaniko');
  });

  test('open again, no pull secret is left, and a preview shows no change', async () => {
    const f = fixture();
    await removeSecrets(f, 'registryCredentials');
    await up(f);
    const secrets = await f.get<{ items: object[] }>(
      'secrets',
      '--all-namespaces',
      '--field-selector=type=kubernetes.io/dockerconfigjson',
    );
    assert.deepEqual(secrets?.items ?? [], []);
    const handMade = await f.get<object>('serviceaccount', 'default', '--namespace', 'tekton-pipelines');
    assert.ok(!JSON.stringify(handMade).includes('imagePullSecrets'));
    const preview = await f.pulumi('preview', '--color', 'never', '--expect-no-changes');
    assert.equal(preview.status, 0, preview.output);
  });
}
