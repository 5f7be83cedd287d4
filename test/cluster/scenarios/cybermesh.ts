// CyberMesh on the same cluster, beside Cerebral: up; a change, a fault; and away again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../../../sandbox/door.ts';
import { edit } from '../../../sandbox/first-push/repository.ts';
import { withCopy } from '../support/checkout.ts';
import { namespace } from '../support/cybermesh.ts';
import type { Fixture } from '../support/fixture.ts';
import { allHealthy, standing } from '../support/systems.ts';
import { buildBackend, stackOf } from '../support/systems-act.ts';

const cerebral = ['cerebral-platform', 'registry', 'slipway-build', 'tekton-pipelines'];
const others = [...cerebral, 'ai-stack', 'ai-stack-registry'];
const registry = 'eu-frankfurt-1.ocir.io';
const main = 'samples/cybermesh/backend/main.go';

interface StatefulSet {
  spec: { replicas: number; template: { spec: { containers: { image: string }[] } } };
  status: { readyReplicas?: number };
}

const backend = async (f: Fixture) => (await f.get<StatefulSet>('statefulset', 'backend', '--namespace', namespace))!;
const imageOf = ({ spec }: StatefulSet) => spec.template.spec.containers[0]!.image;
const version = async (f: Fixture) =>
  JSON.parse(await ask(f.config, { name: 'backend', namespace }, '/api/v1/version')).version;

/** The least number of ready pods that was seen while `act` went on. */
async function leastReady(f: Fixture, act: () => Promise<unknown>): Promise<number> {
  let going = true;
  let least = Number.POSITIVE_INFINITY;
  const watch = (async () => {
    while (going) least = Math.min(least, (await backend(f)).status.readyReplicas ?? 0);
  })();
  try {
    await act();
  } finally {
    going = false;
    await watch;
  }
  return least;
}

const stackIn = (f: Fixture) => stackOf(f, 'cybermesh-dev');

export function cybermesh(fixture: () => Fixture): void {
  test('npm start -- --system cybermesh brings both services up beside Cerebral, of which nothing changes (M1, M3, M5, P7)', async () => {
    const f = fixture();
    const before = await standing(f, cerebral);
    const started = await f.npm(['start', '--', '--system', 'cybermesh']);
    assert.equal(started.status, 0, started.output);
    assert.match(started.output, /\nbackend +sha256:[0-9a-f]{12} /);
    assert.match(started.output, /\nai-service +sha256:[0-9a-f]{12} /);
    await allHealthy(f, namespace, ['backend', 'ai-service'], registry);
    assert.deepEqual(await standing(f, cerebral), before);
    await stackIn(f).noChange();
  });

  test('models lie below a folder that the service writes to: both work in the running pod, and models are read-only (M5)', async () => {
    const f = fixture();
    const inside = async (script: string) =>
      (await f.kube(['exec', '--namespace', namespace, 'deployment/ai-service', '--', 'sh', '-c', script])).trim();
    assert.equal(
      await inside('echo kept > /app/data/nonce_probe && cat /app/data/nonce_probe && rm /app/data/nonce_probe'),
      'kept',
    );
    assert.match(await inside('ls /app/data/models'), /detector\.json/);
    assert.match(await inside('touch /app/data/models/x 2>&1 || true'), /Read-only file system/);
    assert.match(await inside('touch /app/x 2>&1 || true'), /Read-only file system/);
  });
}

export function cybermeshChanges(fixture: () => Fixture): void {
  test('a change of the backend: the preview names image and file, the up rolls one pod after the other, by digest (M3, M9, P3)', async () => {
    const f = fixture();
    const old = imageOf(await backend(f));
    await withCopy(async folder => {
      await edit({ folder, git: async () => '' }, main, 'const Version = "1"', 'const Version = "2"');
      await buildBackend(f, folder);
      const report = await stackIn(f).report(folder);
      assert.match(report, /cybermesh\/backend:main/);
      assert.match(report, /bin\/amd64\/cybermesh changed/);
      const least = await leastReady(f, async () => {
        const { status, output } = await stackIn(f).up(folder);
        assert.equal(status, 0, output);
      });
      const { spec } = await backend(f);
      assert.ok(least >= spec.replicas - 1, `${least} of ${spec.replicas} were ready at some time`);
    });
    const image = imageOf(await backend(f));
    assert.match(image, /@sha256:[0-9a-f]{64}$/);
    assert.notEqual(image, old);
    assert.equal(await version(f), '2');
    await allHealthy(f, namespace, ['backend', 'ai-service'], registry);
  });

  test('a backend that does not start: the up fails with the reason, and what ran before serves again (M3)', async () => {
    const f = fixture();
    const good = imageOf(await backend(f));
    await withCopy(async folder => {
      const broken = 'fmt.Fprintln(os.Stderr, "backend: broken by a test")\n\tos.Exit(3)\n';
      await edit({ folder, git: async () => '' }, main, 'func main() {\n', `func main() {\n\t${broken}`);
      await buildBackend(f, folder);
      const { status, output } = await stackIn(f).up(folder);
      assert.notEqual(status, 0, output);
      assert.match(output, /cybermesh\/backend did not become healthy with \S+@sha256:\S+ .*broken by a test/);
      assert.match(output, /gone back to \S+@sha256:\S+, which serves/);
    });
    assert.equal(imageOf(await backend(f)), good);
    await allHealthy(f, namespace, ['backend', 'ai-service'], registry);
    assert.equal(await version(f), '2');
  });
}

export function cybermeshGoes(fixture: () => Fixture): void {
  test('destroy leaves nothing of it, and the others as they were (M1)', async () => {
    const f = fixture();
    const before = await standing(f, others);
    await stackIn(f).destroy();
    assert.equal(await f.get('namespace', namespace), undefined);
    assert.deepEqual(await standing(f, others), before);
  });
}
