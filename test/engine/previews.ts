// One stack in small, as an `up` has left it, and the previews of what may become of it: a real engine and real providers,
// beside a cluster and a registry of the tests'.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { changesOf } from '../../commands/preview/changes.ts';
import { parseEvents } from '../../commands/preview/events.ts';
import { adopt, deploymentOf, type Resource, unknown } from './adopt.ts';
import { startEngine } from './engine.ts';
import { type KubeObject, startFakeCluster } from './fake-cluster.ts';
import { startTlsRegistry } from './tls-registry.ts';

/** What a test can look for in whatever was written. */
export const secret = 'webhook-4711';
const otherSecret = 'webhook-0815';

export const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const image = (service: string, commit: string, letter: string) =>
  `10.34.0.202:5000/cerebral/${service}:${commit.repeat(12)}-${letter.repeat(12)}@${digest(letter)}`;

const settled = {
  images: { 'ai-services': image('ai-services', '1', 'a'), 'data-services': image('data-services', '2', 'b') },
  buildArgs: { REQUIREMENTS: 'requirements.txt' },
  python: digest('e'),
  repository: 'cerebral/ai-base',
  note: 'as it was',
  noteName: 'note',
};
const rolled = { ...settled.images, 'ai-services': image('ai-services', '3', 'c') };

export interface Scenario {
  /** What the program declares, over what is there. */
  choices?: Partial<Omit<typeof settled, 'images'>> & { images?: Record<string, string>; warning?: string };
  secret?: string;
  fault?: boolean;
  /** What somebody else did to the cluster's objects. */
  cluster?: (objects: KubeObject[]) => KubeObject[];
  /** What the last `up` left otherwise. */
  state?: (resource: Resource) => void;
  /** The registry has lost the base. */
  lost?: boolean;
}

const isDeployment = ({ kind, metadata }: KubeObject, name: string) => kind === 'Deployment' && metadata.name === name;

/** The base was built from other requirements, and from a script that is gone. */
function otherFiles({ type, inputs, outputs }: Resource): void {
  const files = inputs.files as Record<string, string>;
  if (type === 'slipway:image:Image')
    inputs.files = { ...files, 'base/requirements.txt': '0'.repeat(16), 'base/setup.sh': '1'.repeat(16) };
  if (type === 'docker-build:index:Image') outputs.contextHash = 'of another context';
}

/** By the name of their recording in test/fixtures/events. */
export const scenarios: Record<string, Scenario> = {
  nothing: {},
  roll: { choices: { images: rolled } },
  'rolled-out': {
    // By the pipeline: the cluster is ahead of the state, and the program knows it.
    choices: { images: rolled },
    cluster: objects =>
      objects.map(object =>
        isDeployment(object, 'ai-services')
          ? (JSON.parse(
              JSON.stringify(object).replace(settled.images['ai-services'], rolled['ai-services']),
            ) as KubeObject)
          : object,
      ),
  },
  'rebuild-file': { state: otherFiles },
  'rebuild-inputs': { choices: { buildArgs: { REQUIREMENTS: 'other.txt' }, python: digest('f') } },
  'rebuild-lost': { lost: true },
  creation: { choices: { images: { ...settled.images, 'knowledge-services': image('knowledge-services', '4', 'd') } } },
  deletion: { choices: { images: { 'ai-services': settled.images['ai-services'] } } },
  replacement: { choices: { noteName: 'memo' } },
  secret: { secret: otherSecret },
  warning: { choices: { warning: 'this preview takes digests from locks/test.yaml' } },
  'fault-program': { fault: true },
  'fault-resource': { choices: { repository: 'Cerebral/AI-Base' } },
  review: { choices: { images: rolled, note: 'as it is now' }, state: otherFiles },
  'drift-gone': { cluster: objects => objects.filter(object => !isDeployment(object, 'data-services')) },
  'drift-changed': {
    cluster: objects =>
      objects.map(object => (object.metadata.name === 'note' ? { ...object, data: { note: 'by hand' } } : object)),
  },
  'drift-unhealthy': {
    cluster: objects =>
      objects.filter(({ kind, metadata }) => kind !== 'ReplicaSet' || metadata.name !== 'data-services'),
  },
};

export interface Previews {
  /** The engine's events of one preview, as `pulumi preview --json` streams them; stable from run to run. */
  events(scenario: Scenario): Promise<string>;
  end(): void;
}

export async function startPreviews(): Promise<Previews> {
  const registry = await startTlsRegistry();
  const engine = await startEngine('test/engine/programs/preview', 'test');
  const certificate = join(engine.folder, 'registry.pem');
  writeFileSync(certificate, registry.certificate);
  const env = {
    KUBECONFIG: join(engine.folder, 'kubeconfig'),
    SSL_CERT_FILE: certificate,
    PULUMI_ENABLE_STREAMING_JSON_PREVIEW: 'true',
  };
  const cluster = await startFakeCluster(env.KUBECONFIG, 'cluster');
  const stackFile = (): { encryptionsalt: string; config: Record<string, unknown> } =>
    parse(readFileSync(join(engine.folder, 'Pulumi.test.yaml'), 'utf8'));
  const encrypted = new Map<string, unknown>();
  for (const text of [secret, otherSecret]) {
    await engine.pulumi(['config', 'set', '--secret', 'slipway:webhookSecret', text]);
    encrypted.set(text, stackFile().config['slipway:webhookSecret']);
  }
  const run = async ({ choices, secret: token = secret, fault }: Scenario) => {
    engine.configure({
      'slipway:choices': { registry: `https://${registry.host}`, ...settled, ...choices },
      'slipway:webhookSecret': encrypted.get(token),
      'slipway:system': 'cerebral',
      'slipway:digests': 'lock',
      ...(fault && { 'slipway:fault': true }),
    });
    return (await engine.pulumi(['preview', '--json'], env)).output;
  };
  const take = async (resources: Resource[]) => {
    const file = join(engine.folder, 'state.json');
    writeFileSync(file, JSON.stringify(deploymentOf(resources, stackFile().encryptionsalt)));
    const { status, output } = await engine.pulumi(['stack', 'import', '--file', file]);
    if (status !== 0) throw new Error(`pulumi stack import failed: ${output}`);
  };

  // What an `up` would have left: each preview knows more than the one before it.
  let resources: Resource[] = [];
  for (let open = true, round = 0; open; round++) {
    const { events } = parseEvents(await run({}));
    open = changesOf(events).changes.length > 0;
    if (open && round === 4) throw new Error('the stack does not settle: each preview has a change');
    resources = adopt(events, { token: base64(secret) });
    for (const resource of resources) complete(resource, registry.host, registry.digest);
    await take(resources);
    cluster.has(objectsOf(resources));
  }

  return {
    events: async scenario => {
      const objects = objectsOf(resources);
      cluster.has(scenario.cluster?.(objects) ?? objects);
      registry.keep(!scenario.lost);
      const before = structuredClone(resources);
      for (const resource of before) scenario.state?.(resource);
      await take(before);
      const written = await run(scenario);
      return written.replaceAll(registry.host, '127.0.0.1:15000').replaceAll(engine.folder, '/tmp');
    },
    end: () => {
      registry.stop();
      cluster.stop();
      engine.end();
    },
  };
}

/** What only a build and a command would have told. */
function complete({ type, outputs, ...resource }: Resource, host: string, built: string): void {
  if (type === 'command:local:Command') Object.assign(outputs, { stdout: '', stderr: '' });
  if (type !== 'docker-build:index:Image' || (outputs.digest && outputs.digest !== unknown)) return;
  Object.assign(resource, { id: built });
  Object.assign(outputs, { digest: built, ref: `${host}/cerebral/ai-base:cpu@${built}` });
}

/** The objects of `resources` as a cluster has them: healthy, by the pods of a ReplicaSet each. */
function objectsOf(resources: readonly Resource[]): KubeObject[] {
  return resources.flatMap(({ inputs }): KubeObject[] => {
    if (typeof inputs.kind !== 'string') return [];
    const { metadata, ...object } = inputs as KubeObject;
    const uid = `uid-of-${object.kind}-${metadata.name}`;
    const made = { ...object, metadata: { ...metadata, uid, resourceVersion: '1', generation: 1 } };
    if (object.kind === 'Secret') return [{ ...made, data: { token: base64(secret) } }];
    if (object.kind !== 'Deployment') return [made];
    const revision = { 'deployment.kubernetes.io/revision': '1' };
    return [
      {
        ...made,
        metadata: { ...made.metadata, annotations: { ...metadata.annotations, ...revision } },
        status: {
          observedGeneration: 1,
          replicas: 1,
          readyReplicas: 1,
          availableReplicas: 1,
          conditions: [
            { type: 'Available', status: 'True' },
            { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
          ],
        },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: {
          name: metadata.name,
          namespace: metadata.namespace,
          annotations: revision,
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: metadata.name, uid, controller: true }],
        },
        spec: { replicas: 1 },
        status: { replicas: 1, readyReplicas: 1 },
      },
    ];
  });
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
