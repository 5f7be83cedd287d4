// Objects that keep every rule, for tests to break one at a time.
import { violationsOf } from '../../../policy/judge.ts';
import { type Fields, fieldsOf, type Resource, type Value } from '../../../policy/resource.ts';
import type { Facts } from '../../../policy/rule.ts';

export const digest = `sha256:${'d'.repeat(64)}`;
export const image = `10.34.0.202:5000/cerebral/ai-services:main@${digest}`;
export const upstream = `docker.io/library/registry:3.1.2@sha256:${'e'.repeat(64)}`;

export const facts: Facts = {
  registries: ['10.34.0.202:5000', 'registry.example.com'],
  upstream: [upstream],
  nodes: ['linux/amd64', 'linux/arm64'],
  platformsOf: async () => ['linux/amd64', 'linux/arm64'],
  secretTexts: ['4711-secret'],
  allSecrets: false,
};

const probe = { httpGet: { path: '/health', port: 8000 } };

/** A container that keeps every rule, with `changes`; undefined takes a field away. */
export function container(changes: Fields = {}): Fields {
  return {
    name: 'main',
    image,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 65532,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    readinessProbe: probe,
    livenessProbe: probe,
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    ...changes,
  };
}

/** The container with fields of its securityContext changed. */
export function secured(changes: Fields): Fields {
  const base = container();
  return { ...base, securityContext: { ...fieldsOf(base.securityContext), ...changes } };
}

export function pod(changes: Fields = {}): Fields {
  return { containers: [container()], ...changes };
}

/** An object of `kind` whose pod has this spec. */
export function workload(kind: string, spec: Value): Resource {
  const shapes: Record<string, Fields> = {
    Pod: { spec },
    CronJob: { spec: { jobTemplate: { spec: { template: { spec } } } } },
    PodTemplate: { template: { spec } },
  };
  return resource(kind, shapes[kind] ?? { spec: { template: { spec } } });
}

export function resource(kind: string, fields: Fields): Resource {
  return { name: `${kind} ns/thing`, kind, fields };
}

/** `rule path` of all that breaks a rule. */
export async function broken(judged: Resource, changes: Partial<Facts> = {}): Promise<string[]> {
  return (await violationsOf(judged, { ...facts, ...changes })).map(({ rule, path }) => `${rule} ${path}`);
}
