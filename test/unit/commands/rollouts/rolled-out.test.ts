// The judge of an up's rollouts: health is waited for; what does not serve goes back to the template before.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { connect } from '../../../../cluster/kube.ts';
import { judge, runRolledOut } from '../../../../commands/rollouts/rolled-out.ts';
import { startApiServer } from '../../cluster/api-server.ts';

const image = (digit: string) => `registry.example.com/mesh/backend:main@sha256:${digit.repeat(64)}`;
const [OLD, NEW] = [image('1'), image('2')];
const APPS = '/apis/apps/v1/namespaces/cybermesh';
const times = { timeout: 2000, interval: 20, grace: 100, patience: 500 };
const ownerReferences = [{ uid: 'u' }];

type Kind = 'Deployment' | 'StatefulSet';

const template = (what: string, labels = {}) => ({
  metadata: { labels: { app: 'backend', ...labels } },
  spec: { containers: [{ name: 'backend', image: what }] },
});

/** A workload whose pods serve with the images in `good` alone; it had `before` as its template once. */
async function setUp(t: TestContext, kind: Kind, { good = [OLD], before = [OLD] as string[] } = {}) {
  const api = await startApiServer();
  const kube = connect({ server: api.url, headers: async () => ({}) });
  t.after(() => {
    kube.close();
    api.stop();
  });
  const path = `${APPS}/${kind === 'Deployment' ? 'deployments' : 'statefulsets'}/backend`;
  let spec = { replicas: 2, serviceName: 'backend-peers', template: template(NEW) } as Record<string, unknown>;
  const running = () => (spec.template as ReturnType<typeof template>).spec.containers[0]!.image;
  // biome-ignore lint/suspicious/noExplicitAny: a manifest
  const applied: { body: any; query: Record<string, string> }[] = [];
  const workload = () => {
    const ready = good.includes(running()) ? 2 : 1;
    return {
      metadata: {
        ...{ name: 'backend', namespace: 'cybermesh', uid: 'u', generation: 3 },
        ...{ labels: { app: 'backend' }, resourceVersion: '7', managedFields: [{}] },
        annotations: { 'deployment.kubernetes.io/revision': '4', 'pulumi.com/patchForce': 'true' },
      },
      spec: { ...spec, selector: { matchLabels: { app: 'backend' } } },
      status: { observedGeneration: 3, replicas: 2, updatedReplicas: ready, availableReplicas: ready },
    };
  };
  const revisions = [...before, NEW].map((what, i) =>
    kind === 'Deployment'
      ? {
          metadata: { ownerReferences, annotations: { 'deployment.kubernetes.io/revision': String(i + 1) } },
          spec: { template: template(what, { 'pod-template-hash': `h${i}` }) },
        }
      : {
          metadata: { ownerReferences },
          revision: i + 1,
          data: { spec: { template: { ...template(what), $patch: 'replace' } } },
        },
  );
  // Somebody else's, and newer.
  const annotations = { 'deployment.kubernetes.io/revision': '9' };
  const others = { metadata: { ownerReferences: [{ uid: 'other' }], annotations }, revision: 9 };
  revisions.push({ ...structuredClone(revisions[0]!), ...others } as never);
  api.answer = ({ method, path: asked, body, query }) => {
    if (method === 'PATCH') {
      applied.push({ body: JSON.parse(body), query });
      spec = JSON.parse(body).spec;
      return [200, workload()];
    }
    if (asked === path) return [200, workload()];
    if (asked === `${APPS}/replicasets` || asked === `${APPS}/controllerrevisions`) return [200, { items: revisions }];
    if (asked.endsWith('/pods')) return [200, { items: [crashing(running())] }];
    return [200, { items: [] }];
  };
  const lines: string[] = [];
  const name = { kind, namespace: 'cybermesh', deployment: 'backend' };
  return { act: () => judge(kube, name, times, line => lines.push(line)), applied, lines };
}

const crashing = (what: string) => ({
  metadata: { name: 'backend-1' },
  spec: { containers: [{ name: 'backend', image: what }] },
  status: {
    containerStatuses: [
      {
        name: 'backend',
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 3, message: 'broken by a test' } },
        restartCount: 2,
      },
    ],
  },
});

test('pods that serve are told, and nothing is written', async t => {
  const { act, applied } = await setUp(t, 'StatefulSet', { good: [NEW] });
  assert.equal(await act(), `cybermesh/backend serves ${NEW}: 2 replicas`);
  assert.deepEqual(applied, []);
});

for (const kind of ['StatefulSet', 'Deployment'] as const) {
  test(`a ${kind} whose new pods crash goes back to the template before, under Pulumi's own name, and the reason is told (M3)`, async t => {
    const { act, applied } = await setUp(t, kind);
    await assert.rejects(act(), (error: Error) => {
      assert.match(
        error.message,
        /^cybermesh\/backend did not become healthy with \S+@sha256:2{64}: .*exit code 3 .*broken by a test/,
      );
      assert.ok(error.message.endsWith(`; gone back to ${OLD}, which serves`), error.message);
      return true;
    });
    const [{ body, query }] = applied as [(typeof applied)[number]];
    assert.deepEqual([query.fieldManager, query.force], ['slipway', 'true']);
    assert.deepEqual(body.spec.template, template(OLD));
    // Neither the controllers' marks nor what the server alone writes.
    assert.deepEqual(body.metadata, {
      ...{ name: 'backend', namespace: 'cybermesh', labels: { app: 'backend' } },
      annotations: { 'pulumi.com/patchForce': 'true' },
    });
  });
}

test('a first rollout that fails has nothing to go back to, and says so', async t => {
  const { act, applied } = await setUp(t, 'Deployment', { before: [] });
  await assert.rejects(act(), /broken by a test.*; nothing ran before that it could go back to$/);
  assert.deepEqual(applied, []);
});

test('what ran before may not serve either: both are told', async t => {
  const { act } = await setUp(t, 'Deployment', { good: [] });
  await assert.rejects(act(), new RegExp(`gone back to ${OLD}, which is not healthy either: `));
});

test('another kind, and a time that is none, are refused', async () => {
  const options = { context: 'none', namespace: 'a', timeout: '120' };
  await assert.rejects(
    runRolledOut('DaemonSet', 'a', options),
    /found kind "DaemonSet"; expected Deployment or StatefulSet/,
  );
  await assert.rejects(runRolledOut('Deployment', 'a', { ...options, timeout: 'soon' }), /--timeout: found "soon"/);
});
