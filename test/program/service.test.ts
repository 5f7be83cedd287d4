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
    message: 'ai.replicas: found 0; expected a whole number from 1 to 100',
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

test('pods that follow the load have an autoscaler, and nobody declares their number', async () => {
  const recorded = await declare({ autoscale: { min: 2, max: 6, cpu: 70 } });
  assert.ok(!('replicas' in only(recorded, ':Deployment').inputs.spec));
  assert.deepEqual(only(recorded, ':HorizontalPodAutoscaler').inputs.spec, {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'ai-services' },
    minReplicas: 2,
    maxReplicas: 6,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
  });
  assert.equal(counts(recorded).PodDisruptionBudget, 1);
  assert.equal(
    counts(await declare({ image: undefined, autoscale: { min: 1, max: 2, cpu: 70 } })).Deployment,
    undefined,
  );
  await assert.rejects(declare({ autoscale: { min: 3, max: 3, cpu: 70 } }), {
    message: 'ai.autoscale: found {"min":3,"max":3,"cpu":70}; expected min below max, both from 1 to 100',
  });
});

const ingress = { host: 'ai.example.com', class: 'nginx', tlsSecret: 'tls', controllerNamespace: 'ingress-nginx' };

test('a service with a host has an Ingress with TLS, and lets in its controller and no other namespace', async () => {
  const recorded = await declare({ ingress: { ...ingress, annotations: { 'cert-manager.io/issuer': 'x' } } });
  const { inputs } = only(recorded, ':Ingress');
  assert.equal(inputs.metadata.namespace, 'cerebral-platform');
  assert.deepEqual(inputs.metadata.annotations, {
    'pulumi.com/patchFieldManager': 'slipway',
    'pulumi.com/skipAwait': 'true',
    'cert-manager.io/issuer': 'x',
  });
  assert.deepEqual(inputs.spec.tls, [{ hosts: ['ai.example.com'], secretName: 'tls' }]);
  assert.deepEqual(inputs.spec.rules[0].http.paths[0].backend, {
    service: { name: 'ai-services', port: { number: 80 } },
  });
  const peers = (of: typeof recorded) => only(of, ':NetworkPolicy').inputs.spec.ingress[0].from;
  assert.deepEqual(peers(recorded), [
    { podSelector: {} },
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } },
  ]);
  assert.deepEqual(peers(await declare()), [{ podSelector: {} }]);
});

test("without a secret of its own a host has the controller's certificate, and never none", async () => {
  const recorded = await declare({ ingress: { ...ingress, tlsSecret: undefined } });
  assert.deepEqual(only(recorded, ':Ingress').inputs.spec.tls, [{ hosts: ['ai.example.com'] }]);
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

test('a service with pods of its own is a StatefulSet: names, peers, one pod after the other (M3)', async () => {
  const recorded = await declare({ stateful: { peers: 'PEERS', name: 'NODE_ID' }, replicas: 2, metrics: 9100 });
  const { spec } = only(recorded, ':StatefulSet').inputs;
  assert.deepEqual(
    [spec.serviceName, spec.podManagementPolicy, spec.updateStrategy.type, spec.replicas],
    ['ai-services-peers', 'Parallel', 'RollingUpdate', 2],
  );
  assert.deepEqual(spec.template.spec.containers[0].env, [
    { name: 'NODE_ID', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  ]);
  const peers = only(recorded, ':Service', 'ai-peers').inputs.spec;
  assert.deepEqual([peers.clusterIP, peers.publishNotReadyAddresses], ['None', true]);
  assert.equal(
    only(recorded, ':ConfigMap').inputs.data.PEERS,
    [0, 1].map(i => `ai-services-${i}.ai-services-peers.cerebral-platform.svc:8000`).join(','),
  );
});

test('Secrets are named and never written out: variables and single files, read-only (M3, M5)', async () => {
  const { spec } = only(
    await declare({
      user: 1000,
      secretEnv: { KEY: { secret: 'keys', key: 'pem' } },
      secretFiles: { '/app/certs/root.crt': { secret: 'root-cert', key: 'root.crt' } },
      writable: ['/app/logs'],
    }),
    ':Deployment',
  ).inputs.spec.template;
  const [container] = spec.containers;
  assert.deepEqual(container.env, [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'pem' } } }]);
  assert.deepEqual(container.volumeMounts, [
    { name: 'tmp', mountPath: '/tmp' },
    { name: 'writable-app-logs', mountPath: '/app/logs' },
    { name: 'secret-root-cert', mountPath: '/app/certs/root.crt', subPath: 'root.crt', readOnly: true },
  ]);
  assert.deepEqual(spec.volumes[2], {
    name: 'secret-root-cert',
    secret: { secretName: 'root-cert', items: [{ key: 'root.crt', path: 'root.crt' }] },
  });
  assert.deepEqual([container.securityContext.runAsUser, spec.securityContext.fsGroup], [1000, 1000]);
});

test('a service that names what it reaches, reaches DNS and that alone; only its ports can be reached (M10)', async () => {
  const egress = { peers: true, to: [{ addresses: ['10.0.0.1/32'], ports: [26257] }] };
  const { spec } = only(await declare({ egress, metrics: 9100 }), ':NetworkPolicy').inputs;
  assert.deepEqual(spec.policyTypes, ['Ingress', 'Egress']);
  assert.deepEqual(spec.ingress, [{ ports: [{ port: 8000 }, { port: 9100 }], from: [{ podSelector: {} }] }]);
  assert.deepEqual(spec.egress, [
    {
      ports: [
        { protocol: 'UDP', port: 53 },
        { protocol: 'TCP', port: 53 },
      ],
    },
    { to: [{ podSelector: { matchLabels: { app: 'ai-services' } } }], ports: [{ port: 8000 }, { port: 9100 }] },
    { to: [{ ipBlock: { cidr: '10.0.0.1/32' } }], ports: [{ port: 26257 }] },
  ]);
});

test('an up that judges its own rollouts does not wait for the workload, and writes over what it has gone back to (P5)', async () => {
  const recorded = await declare({ judgedBy: 'somewhere' });
  const { annotations } = only(recorded, ':Deployment').inputs.metadata;
  assert.equal(annotations['pulumi.com/skipAwait'], 'true');
  assert.equal(annotations['pulumi.com/patchForce'], 'true');
  const { create, triggers } = only(recorded, ':Command').inputs;
  assert.match(
    create,
    / rolled-out Deployment ai-services --namespace cerebral-platform --context somewhere --timeout 120$/,
  );
  assert.match(triggers[0], /^[0-9a-f]{16}$/);
});
