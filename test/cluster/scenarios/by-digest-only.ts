// The digest rule in the cluster: the API server refuses an image that is named by tag only, wherever it stands.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fixture } from '../support/fixture.ts';
import { deployedImage, pods, service } from '../support/service.ts';

const policy = `digests.${service.namespace}.slipway.dev`;
const dryRun = ['create', '--dry-run=server', '--filename=-'];

interface Container {
  name: string;
  image: string;
  [field: string]: unknown;
}

interface PodSpec {
  containers: Container[];
  initContainers?: Container[];
  [field: string]: unknown;
}

/** The pod of the service as its Deployment writes it: a pod that everything but the digest rule lets in. */
async function podSpec(f: Fixture): Promise<PodSpec> {
  const found = await f.get<{ spec: { template: { spec: PodSpec } } }>(
    'deployment',
    service.name,
    ...['--namespace', service.namespace],
  );
  assert.ok(found, 'the service has a Deployment');
  return found.spec.template.spec;
}

/** Objects of each kind that makes pods, by what they are, from a pod's spec. */
function objects(spec: PodSpec, namespace = service.namespace): Record<string, object> {
  const metadata = { name: 'by-tag', namespace };
  const labels = { app: 'by-tag' };
  const template = { metadata: { labels }, spec };
  const once = { metadata: { labels }, spec: { ...spec, restartPolicy: 'Never' } };
  const apps = { apiVersion: 'apps/v1', metadata, spec: { selector: { matchLabels: labels }, template } };
  return {
    Pod: { apiVersion: 'v1', kind: 'Pod', metadata, spec },
    ReplicationController: { apiVersion: 'v1', kind: 'ReplicationController', metadata, spec: { template } },
    Deployment: { ...apps, kind: 'Deployment' },
    ReplicaSet: { ...apps, kind: 'ReplicaSet' },
    DaemonSet: { ...apps, kind: 'DaemonSet' },
    StatefulSet: { ...apps, kind: 'StatefulSet', spec: { ...apps.spec, serviceName: 'by-tag' } },
    Job: { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template: once } },
    CronJob: {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata,
      spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: once } } },
    },
  };
}

export function byDigestOnly(fixture: () => Fixture): void {
  let pinned: string;
  let tagged: string;

  async function refused(what: string, act: Promise<unknown>): Promise<void> {
    const message = await act.then(
      () => assert.fail(`${what} was let in with ${tagged}`),
      (error: Error) => error.message,
    );
    assert.ok(message.includes(`ValidatingAdmissionPolicy '${policy}'`), `${what}: ${message}`);
    assert.ok(message.includes(`${tagged} has no digest`), `${what}: ${message}`);
    assert.ok(message.includes('registry/repository[:tag]@sha256:'), `${what}: ${message}`);
  }

  test('an image with a tag only is refused by the API server in every kind of workload, and a digest is let in (P5)', async () => {
    const f = fixture();
    pinned = await deployedImage(f);
    tagged = pinned.replace(/@.*/, '');
    const spec = await podSpec(f);
    const [main] = spec.containers;
    for (const [kind, object] of Object.entries(objects(spec))) {
      await assert.doesNotReject(f.kube(dryRun, JSON.stringify(object)), `${kind} by digest`);
    }
    const bad: Record<string, PodSpec> = {
      container: { ...spec, containers: [{ ...main!, image: tagged }] },
      'init container': { ...spec, initContainers: [{ ...initOf(main!), image: tagged }] },
    };
    for (const [place, changed] of Object.entries(bad)) {
      for (const [kind, object] of Object.entries(objects(changed))) {
        await refused(`the ${place} of a ${kind}`, f.kube(['create', '--filename=-'], JSON.stringify(object)));
      }
    }
  });

  test('an ephemeral container with a tag only is refused, and one by digest is let in (P5)', async () => {
    const f = fixture();
    const [running] = await pods(f);
    assert.ok(running);
    const path = `/api/v1/namespaces/${service.namespace}/pods/${running.metadata.name}`;
    const pod = JSON.parse(await f.kube(['get', '--raw', path])) as { spec: PodSpec };
    const debug = (image: string) => {
      // It can have no resources of its own.
      const container = { ...initOf(pod.spec.containers[0]!), name: 'look', image, resources: undefined };
      return JSON.stringify({ ...pod, spec: { ...pod.spec, ephemeralContainers: [container] } });
    };
    const replace = (query: string, image: string) =>
      f.kube(['replace', '--raw', `${path}/ephemeralcontainers${query}`, '--filename=-'], debug(image));
    await assert.doesNotReject(replace('?dryRun=All', pinned));
    await refused('an ephemeral container', replace('', tagged));
  });

  test('a Deployment that runs can not be changed to a tag; its labels can be changed', async () => {
    const f = fixture();
    const of = ['--namespace', service.namespace, `deployment/${service.name}`];
    await refused('kubectl set image', f.kube(['set', 'image', ...of, `${service.name}=${tagged}`]));
    assert.equal(await deployedImage(f), pinned);
    await assert.doesNotReject(f.kube(['label', ...of, 'look=here', '--dry-run=server']));
  });

  test('other namespaces are left as they are, and the policy has no warning of the API server', async () => {
    const f = fixture();
    const { containers, ...rest } = await podSpec(f);
    delete rest.serviceAccountName;
    delete rest.serviceAccount;
    const spec = { ...rest, containers: [{ ...containers[0]!, image: tagged, envFrom: [] }] };
    const { Pod } = objects(spec, 'default');
    await assert.doesNotReject(f.kube(dryRun, JSON.stringify(Pod)));
    const found = await f.get<{ status?: { typeChecking?: { expressionWarnings?: object[] } } }>(
      'validatingadmissionpolicy',
      policy,
    );
    assert.deepEqual(found?.status?.typeChecking?.expressionWarnings ?? [], []);
  });
}

/** The container as one that runs before the others: without ports and probes, which it may not have. */
function initOf({
  ports: _,
  startupProbe: __,
  readinessProbe: ___,
  livenessProbe: ____,
  ...rest
}: Container): Container {
  return { ...rest, name: 'first', image: rest.image };
}
