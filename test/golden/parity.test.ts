// AI-stack's environments differ by what they name: registry and how nodes sign in there, digests, replicas. All else is
// one catalogue.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';

// biome-ignore lint/suspicious/noExplicitAny: manifests of every kind
type Manifest = any;

const environments = ['local', 'staging', 'prod'];

/** The manifests of an environment's workloads without what the environments name. */
function catalogue(environment: string): Manifest[] {
  const text = readFileSync(`test/golden/ai-stack-${environment}.yaml`, 'utf8');
  return parseAllDocuments(text)
    .map(document => document.toJS() as Manifest)
    .filter(
      ({ kind, metadata }) => (metadata.namespace ?? metadata.name) === 'ai-stack' && kind !== 'PodDisruptionBudget',
    )
    .filter(({ metadata }) => metadata.name !== 'slipway-registry')
    .map(manifest => {
      const { spec } = manifest;
      // How nodes sign in is the registry's.
      delete manifest.imagePullSecrets;
      if (manifest.kind !== 'Deployment') return manifest;
      const pod = spec.template.spec;
      delete spec.replicas;
      delete pod.topologySpreadConstraints;
      for (const container of pod.containers)
        container.image = /\/(?<repository>[^/:]+):/.exec(container.image)?.groups;
      return manifest;
    });
}

test('local, staging and production run one catalogue: but for registry, digests and replicas, their workloads are the same (A2)', () => {
  const [local, ...others] = environments.map(catalogue);
  assert.ok(local!.filter(({ kind }) => kind === 'Deployment').length === 6);
  for (const other of others) assert.deepEqual(other, local);
});

test('each environment has a registry of its own, and all that it runs comes from there by digest (A2, A6)', () => {
  const registries = {
    local: '10.34.0.204:5000',
    staging: 'staging.registry.example.com',
    prod: 'prod.registry.example.com',
  };
  for (const [environment, registry] of Object.entries(registries)) {
    const text = readFileSync(`test/golden/ai-stack-${environment}.yaml`, 'utf8');
    const images = [...text.matchAll(/image: (\S*ai-stack-\S+)/g)].map(([, image]) => image!);
    assert.equal(images.length, 6);
    for (const image of images)
      assert.match(image, new RegExp(`^${registry}/ai-stack-[a-z-]+:\\S+@sha256:[0-9a-f]{64}$`));
  }
});
