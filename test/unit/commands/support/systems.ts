// The stacks of CyberMesh and AI-stack where all is well.
import type { TestContext } from 'node:test';
import { aiStack } from '../../../../systems/ai-stack.ts';
import { cybermesh } from '../../../../systems/cybermesh.ts';
import { base64, dockerConfig, type GoldenStack, goldenStack } from './golden-stack.ts';
import { disk } from './stack.ts';

export const OUTSIDE = 'eu-frankfurt-1.ocir.io';

/** `cybermesh-dev`: a registry outside of the cluster, which asks for a password; the stack builds. */
export async function healthyCybermesh(t: TestContext): Promise<GoldenStack> {
  const registry = { external: true, name: OUTSIDE, prefix: 'cybermeshdev' };
  const stack = await goldenStack(t, 'cybermesh-dev', cybermesh, registry);
  stack.changes.builder = 'slipway';
  stack.object('Secret', 'slipway-registry').data = dockerConfig(OUTSIDE);
  // What is in the namespace already, as the stack file says.
  stack.objects.set(stack.path('Secret', 'cockroachdb-root-cert'), {
    metadata: { name: 'cockroachdb-root-cert' },
    data: { 'root.crt': base64('a certificate') },
  });
  stack.objects.set(stack.path('PersistentVolumeClaim', 'datasets'), {
    metadata: { name: 'datasets' },
    status: { phase: 'Bound' },
  });
  return stack;
}

/** `cybermesh-prod`: the same registry; the digests are those of its lock, data comes by a CSI driver. */
export async function healthyProduction(t: TestContext): Promise<GoldenStack> {
  const stack = await goldenStack(t, 'cybermesh-prod', cybermesh, {
    external: true,
    name: OUTSIDE,
    prefix: 'cybermesh',
  });
  stack.object('Secret', 'slipway-registry').data = dockerConfig(OUTSIDE);
  const entries = [...stack.digests].map(
    ([name, digest]) =>
      `  cybermesh/cybermesh/${name}: { digest: ${digest}, mediaType: application/vnd.oci.image.index.v1+json, platforms: { linux/amd64: ${digest} }, commit: unknown, pinnedAt: unknown, pinnedBy: unknown }`,
  );
  stack.lock = `version: 1\nimages:\n${entries.sort().join('\n')}\nupstream: {}\n`;
  const secrets = {
    'cockroachdb-root-cert': 'root.crt',
    'backend-signing-keys': 'signing_key_pem',
    'ai-service-secret': 'signing_key_pem',
  };
  for (const [name, key] of Object.entries(secrets))
    stack.objects.set(stack.path('Secret', name), { metadata: { name }, data: { [key]: base64('a secret') } });
  stack.objects.set('/apis/storage.k8s.io/v1/csinodes/n1', {
    metadata: { name: 'n1' },
    spec: { drivers: [{ name: 's3.csi.example.com' }] },
  });
  return stack;
}

/** `ai-stack-local`: the stack declares the registry, which is open inside; a person builds. */
export async function healthyAiStack(t: TestContext): Promise<GoldenStack> {
  const namespace = 'ai-stack-registry';
  const stack = await goldenStack(t, 'ai-stack-local', aiStack, {
    ...{ name: '10.34.0.204:5000', aliases: ['localhost:5000'], namespace, clusterIP: '10.34.0.204' },
    storage: { size: '10Gi', protect: false },
  });
  stack.proxy = `/api/v1/namespaces/${namespace}/services/internal-registry:5000/proxy`;
  disk(stack, 9e9, 20e9, namespace);
  return stack;
}
