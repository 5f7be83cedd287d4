// Tekton's own manifests, taken from the config folder of its Go module and made to fit the sandbox: images by
// digest with an explicit command, quick probes, the features that its pipelines need.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { writeWhole } from '../supervisor/record.ts';
import type { KubeObject } from './api.ts';
import { GO_GARBAGE } from './layout.ts';
import { programPath, type SystemImages } from './system-image.ts';

const VERSION = 'v1.6.0';

/** Left out: nothing in the sandbox resolves remote pipelines, sends cloud events, or scales the webhook. */
const LEFT_OUT = ['resolvers', 'events.yaml', 'config-leader-election-events.yaml', 'webhook-hpa.yaml', 'dummy.go'];

/**
 * coschedule: no affinity assistant, it ties a run with a volume claim to a node and costs a pod.
 * set-security-context: the namespace is restricted, steps without it are refused there.
 * The others: no credentials are mounted and no sidecars injected, so no step waits for either.
 */
const FEATURE_FLAGS: Record<string, string> = {
  coschedule: 'disabled',
  'set-security-context': 'true',
  'disable-creds-init': 'true',
  'await-sidecar-readiness': 'false',
  'running-in-environment-with-injected-sidecars': 'false',
};

/** The config folder of Tekton's module in Go's module cache. @throws Error where the module is not there. */
function tektonConfig(cache: string): string {
  const folder = join(cache, 'go-mod', 'github.com', 'tektoncd', `pipeline@${VERSION}`, 'config');
  if (!existsSync(folder)) throw new Error(`Tekton's manifests are not in ${folder}; npm start builds Tekton first`);
  return folder;
}

/** All objects of Tekton Pipelines for the sandbox, in no particular order. */
export function renderTekton(cache: string, images: SystemImages): KubeObject[] {
  return manifests(cache).map(object => fit(object, images));
}

/** A version's manifests never change, and reading megabytes of YAML takes a second: they are kept as JSON. */
function manifests(cache: string): KubeObject[] {
  const kept = join(cache, 'manifests', `pipeline@${VERSION}-${LEFT_OUT.length}.json`);
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as KubeObject[];
  const objects = readManifests(tektonConfig(cache));
  writeWhole(kept, JSON.stringify(objects));
  return objects;
}

function readManifests(folder: string): KubeObject[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.yaml') && !LEFT_OUT.some(name => file === name || file.startsWith(`${name}/`)))
    .sort()
    .flatMap(file => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
    .map(document => document.toJS() as KubeObject | null)
    .filter(object => object !== null);
}

interface Container {
  image: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string }[];
  readinessProbe?: Record<string, unknown>;
  livenessProbe?: Record<string, unknown>;
}

function fit(object: KubeObject, images: SystemImages): KubeObject {
  if (object.kind === 'ConfigMap' && object.metadata.name === 'feature-flags') {
    return { ...object, data: withFlags(object.data as Record<string, string>) };
  }
  if (object.kind !== 'Deployment') return object;
  const { spec } = object as unknown as { spec: { template: { spec: { containers: Container[] } } } };
  const pod = spec.template.spec;
  const containers = pod.containers.map(container => fitContainer(container, images));
  return { ...object, spec: { ...spec, template: { ...spec.template, spec: { ...pod, containers } } } };
}

function withFlags(data: Record<string, string>): Record<string, string> {
  const unknown = Object.keys(FEATURE_FLAGS).filter(flag => !(flag in data));
  if (unknown.length > 0) throw new Error(`Tekton ${VERSION} has no feature flag ${unknown.join(', ')}`);
  return { ...data, ...FEATURE_FLAGS };
}

const KO = /^ko:\/\/github\.com\/tektoncd\/pipeline\/cmd\/(\w+)$/;

function fitContainer(container: Container, images: SystemImages): Container {
  const program = KO.exec(container.image)?.[1];
  if (!program) throw new Error(`Tekton's container image ${container.image} is not one that the sandbox knows`);
  const probe = (given?: Record<string, unknown>) =>
    given && { ...given, initialDelaySeconds: 0, periodSeconds: 1, failureThreshold: 60 };
  return {
    ...container,
    image: images.system,
    command: [programPath(program)],
    env: [...(container.env ?? []), { name: 'GOGC', value: GO_GARBAGE }],
    ...(container.args ? { args: container.args.map(arg => imageOf(arg, images)) } : {}),
    ...(container.readinessProbe ? { readinessProbe: probe(container.readinessProbe) } : {}),
    ...(container.livenessProbe ? { livenessProbe: { ...container.livenessProbe, initialDelaySeconds: 20 } } : {}),
  };
}

/** An argument that names an image that Tekton starts containers with. The shell image serves `script:` steps only. */
function imageOf(argument: string, images: SystemImages): string {
  const program = KO.exec(argument)?.[1];
  if (program === 'nop') return images.nop;
  if (program || /^(cgr\.dev|mcr\.microsoft\.com)\//.test(argument)) return images.system;
  return argument;
}
