import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Service, type ServiceArgs } from '../../components/service.ts';
import { counts, only, record } from './recorder.ts';
import { pinnedImage } from './values.ts';

const args: ServiceArgs = {
  name: 'ai-services',
  namespace: 'cerebral-platform',
  image: pinnedImage,
  port: 8000,
  health: '/health',
  replicas: 1,
  resources: { requests: { cpu: '50m', memory: '128Mi' } },
  env: { LOG_LEVEL: 'info' },
  rolloutTimeout: 120,
};
const declare = (changes: Partial<ServiceArgs> = {}) => record(() => new Service('ai', { ...args, ...changes }));

test('a service is a Deployment by digest and what belongs to it', async () => {
  const recorded = await declare();
  assert.deepEqual(counts(recorded), { ConfigMap: 1, Deployment: 1, NetworkPolicy: 1, Service: 1, ServiceAccount: 1 });
  const { inputs } = only(recorded, ':Deployment');
  assert.equal(inputs.spec.template.spec.containers.length, 1);
  assert.equal(inputs.spec.template.spec.containers[0].image, pinnedImage);
  assert.equal(inputs.metadata.namespace, 'cerebral-platform');
});

test('a waiting service has everything but the workload', async () => {
  assert.deepEqual(counts(await declare({ image: undefined })), {
    ConfigMap: 1,
    NetworkPolicy: 1,
    Service: 1,
    ServiceAccount: 1,
  });
});

test('a tag never becomes a workload', async () => {
  await assert.rejects(declare({ image: '10.34.0.202:5000/cerebral/ai-services:main' }), {
    message:
      'ai.image: "10.34.0.202:5000/cerebral/ai-services:main" names no digest, and a tag may mean another image tomorrow; ' +
      'expected registry/repository[:tag]@sha256:…',
  });
});

test('the constructor names the argument, what was found and what is expected', async () => {
  await assert.rejects(declare({ port: 80 }), {
    message: 'ai.port: found 80; expected a port from 1024 to 65535: the container runs as an ordinary user',
  });
  await assert.rejects(declare({ health: 'health' }), {
    message: 'ai.health: found "health"; expected a path that begins with "/", for example /health',
  });
  await assert.rejects(declare({ replicas: 0 }), {
    message: 'ai.replicas: found 0; expected a whole number from 1 on',
  });
});

test('the pod keeps the restricted standard and mounts no token', async () => {
  const pod = only(await declare(), ':Deployment').inputs.spec.template.spec;
  assert.equal(pod.automountServiceAccountToken, false);
  assert.deepEqual(pod.containers[0].securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    runAsUser: 65532,
    runAsGroup: 65532,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  });
  assert.deepEqual(pod.containers[0].volumeMounts, [{ name: 'tmp', mountPath: '/tmp' }]);
});

test('the pods of a service pull with the secret that its namespace has for them', async () => {
  const account = async (changes: Partial<ServiceArgs>) => only(await declare(changes), ':ServiceAccount').inputs;
  assert.deepEqual((await account({ pullSecret: 'slipway-registry' })).imagePullSecrets, [
    { name: 'slipway-registry' },
  ]);
  assert.equal((await account({})).imagePullSecrets, undefined);
});

test('the field manager is fixed, and no field is forced', async () => {
  const { annotations } = only(await declare(), ':Deployment').inputs.metadata;
  assert.deepEqual(annotations, { 'pulumi.com/patchFieldManager': 'slipway' });
});

test('a Service is not waited for, and leads port 80 to the container', async () => {
  const { inputs } = only(await declare(), ':Service');
  assert.equal(inputs.metadata.annotations['pulumi.com/skipAwait'], 'true');
  assert.deepEqual(inputs.spec.ports, [{ name: 'http', port: 80, targetPort: 8000 }]);
});

test('more than one replica are spread and kept through a drain', async () => {
  const recorded = await declare({ replicas: 2 });
  assert.equal(counts(recorded).PodDisruptionBudget, 1);
  const [spread] = only(recorded, ':Deployment').inputs.spec.template.spec.topologySpreadConstraints;
  assert.equal(spread.topologyKey, 'kubernetes.io/hostname');
});

test('a changed environment restarts the pods', async () => {
  const of = async (env: Record<string, string>) =>
    only(await declare({ env }), ':Deployment').inputs.spec.template.metadata.annotations;
  assert.notDeepEqual(await of({ LOG_LEVEL: 'info' }), await of({ LOG_LEVEL: 'debug' }));
});

test('a transform has the last word on a child', async () => {
  const recorded = await declare({ transform: { deployment: given => ({ ...given, metadata: { name: 'other' } }) } });
  assert.equal(only(recorded, ':Deployment').inputs.metadata.name, 'other');
  assert.equal(only(recorded, ':Deployment').inputs.spec.template.spec.containers[0].image, pinnedImage);
});

test("a container's last lines are in its status when it fails", async () => {
  const [container] = only(await declare(), ':Deployment').inputs.spec.template.spec.containers;
  assert.equal(container.terminationMessagePolicy, 'FallbackToLogsOnError');
});
