import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bareProgram, bareState, type Deployment } from '../../../bench/preview/bare.ts';

const urn = (type: string, name: string) => `urn:pulumi:local::slipway::${type}::${name}`;
const stack = urn('pulumi:pulumi:Stack', 'slipway-local');
const provider = urn('pulumi:providers:kubernetes', 'cluster');
const component = urn('slipway:registry:Registry', 'registry');
const namespace = urn('slipway:registry:Registry$kubernetes:core/v1:Namespace', 'registry-namespace');
const secret = { '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270', plaintext: '"hidden"' };

const exported: Deployment = {
  version: 3,
  deployment: {
    resources: [
      { urn: stack, type: 'pulumi:pulumi:Stack', custom: false, outputs: { a: 1 } },
      {
        urn: provider,
        type: 'pulumi:providers:kubernetes',
        custom: true,
        parent: stack,
        inputs: { version: '4.25.0' },
      },
      { urn: component, type: 'slipway:registry:Registry', custom: false, parent: stack },
      {
        urn: namespace,
        type: 'kubernetes:core/v1:Namespace',
        custom: true,
        parent: component,
        provider: `${provider}::id-1`,
        inputs: { metadata: { name: 'registry' } },
      },
      {
        urn: urn('slipway:pipeline:Pipeline$kubernetes:tekton.dev/v1:Task', 'build'),
        type: 'kubernetes:tekton.dev/v1:Task',
        custom: true,
        parent: component,
        dependencies: [namespace, component],
        inputs: { spec: secret },
      },
    ],
  },
};

test('a bare state has the same resources under its own project, and no component', () => {
  const [root, cluster, space, task, ...more] = bareState(exported, 'bare').deployment.resources!;
  assert.equal(more.length, 0);
  assert.equal(root!.urn, 'urn:pulumi:local::bare::pulumi:pulumi:Stack::bare-local');
  assert.equal(root!.outputs, undefined);
  assert.equal(space!.urn, 'urn:pulumi:local::bare::kubernetes:core/v1:Namespace::registry-namespace');
  assert.equal(space!.parent, root!.urn);
  assert.equal(space!.provider, `${cluster!.urn}::id-1`);
  assert.deepEqual(task!.dependencies, [space!.urn]);
});

test('a bare program declares them by constructor calls with literal values', () => {
  const text = bareProgram(bareState(exported, 'bare'));
  assert.match(text, /^r0 = new k8s\.Provider\("cluster", \{ "version": undefined \}/m);
  assert.match(text, /^r1 = new k8s\.core\.v1\.Namespace\("registry-namespace", .*\{ "provider": r0 \}\)/m);
  assert.match(text, /^r2 = new k8s\.apiextensions\.CustomResource\("build", .*"dependsOn": \[r1\]/m);
  assert.match(text, /"spec": pulumi\.secret\("hidden"\)/);
});

test('a type without a constructor is named', () => {
  const unknown = {
    version: 3,
    deployment: { resources: [{ urn: urn('aws:s3:Bucket', 'b'), type: 'aws:s3:Bucket', custom: true }] },
  };
  assert.throws(() => bareProgram(unknown), /no constructor for aws:s3:Bucket/);
});
