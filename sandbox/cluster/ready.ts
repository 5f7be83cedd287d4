// Whether the cluster can be used yet: each question is answered by true or by the reason why not.

import { NETWORK } from '../config.ts';
import type { Api, KubeObject } from './api.ts';
import { SANDBOX_LABELS } from './base.ts';

/** The API server answers, and says that all its parts do. */
export async function apiReady(api: Api): Promise<true | string> {
  try {
    // The answer is the text `ok`, which is no JSON.
    await api.call('GET', '/readyz', undefined, 2000);
    return true;
  } catch (error) {
    return (error as Error).message;
  }
}

interface Conditions {
  status?: { conditions?: { type: string; status: string; message?: string }[] };
}

/** This start's kubelet has said that the node is ready (what the last one said is not worth anything). */
export async function nodeReady(api: Api, since: Date): Promise<true | string> {
  type Node = {
    status?: { conditions?: { type: string; status: string; message?: string; lastHeartbeatTime: string }[] };
  };
  const node = await api.get<Node>(`/api/v1/nodes/${NETWORK.nodeName}`);
  const ready = node?.status?.conditions?.find(({ type }) => type === 'Ready');
  if (!ready) return 'the node has not registered';
  if (ready.status !== 'True') return ready.message ?? 'the node says it is not';
  return Date.parse(ready.lastHeartbeatTime) >= floor(since) || 'the node has not been heard of since the start';
}

interface Pod extends KubeObject, Conditions {
  status?: Conditions['status'] & {
    containerStatuses?: {
      state?: { running?: { startedAt: string }; waiting?: { reason?: string; message?: string } };
    }[];
  };
}

/** Every Deployment of the namespace with these labels has a pod that was started since then and is ready. */
export async function deploymentsReady(
  api: Api,
  namespace: string,
  since: Date,
  labels: Record<string, string> = SANDBOX_LABELS,
): Promise<true | string> {
  type Deployment = KubeObject & { spec: { selector: { matchLabels: Record<string, string> } } };
  const [deployments, pods] = await Promise.all([
    api.call<{ items: Deployment[] }>('GET', `/apis/apps/v1/namespaces/${namespace}/deployments`),
    api.call<{ items: Pod[] }>('GET', `/api/v1/namespaces/${namespace}/pods`),
  ]);
  const wanted = deployments.items.filter(deployment => matches(deployment, labels));
  if (wanted.length === 0) return `namespace ${namespace} has no Deployment of it`;
  for (const { metadata, spec } of wanted) {
    const own = pods.items.filter(pod => matches(pod, spec.selector.matchLabels));
    if (!own.some(pod => isUp(pod, since))) return `${metadata.name}: ${why(own)}`;
  }
  return true;
}

function matches({ metadata }: KubeObject, labels: Record<string, string>): boolean {
  return Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
}

function isUp({ metadata, status }: Pod, since: Date): boolean {
  const ready = status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  const containers = status?.containerStatuses ?? [];
  const started = containers.every(({ state }) => Date.parse(state?.running?.startedAt ?? '') >= floor(since));
  return Boolean(ready && started && containers.length > 0 && !metadata.deletionTimestamp);
}

function why(pods: Pod[]): string {
  const waiting = pods.flatMap(({ status }) => status?.containerStatuses ?? []).find(({ state }) => state?.waiting);
  const { reason, message } = waiting?.state?.waiting ?? {};
  if (reason) return message ? `${reason}: ${message}` : reason;
  return pods.length === 0 ? 'it has no pod yet' : 'its pod is not ready';
}

/** The API writes whole seconds. */
function floor(time: Date): number {
  return Math.floor(time.getTime() / 1000) * 1000;
}

/** Tekton's admission webhook judges objects: a dry run of one of its kinds is accepted. */
export async function tektonAdmits(api: Api): Promise<true | string> {
  const webhook = await api.get<Webhook>(WEBHOOK);
  // Until its controller has filled it in, no webhook is asked, and a dry run would prove nothing.
  if (!webhook?.webhooks.every(({ clientConfig, rules }) => clientConfig.caBundle && rules))
    return 'its webhook is empty';
  await api.apply(PROBE, 'slipway-sandbox-probe', { dryRun: true });
  return true;
}

interface Webhook {
  webhooks: { clientConfig: { caBundle?: string }; rules?: unknown[] }[];
}

const WEBHOOK =
  '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/validation.webhook.pipeline.tekton.dev';

const PROBE: KubeObject = {
  apiVersion: 'tekton.dev/v1',
  kind: 'Task',
  metadata: { name: 'slipway-probe', namespace: 'default' },
  spec: { steps: [{ name: 'probe', image: 'probe', command: ['/probe'] }] },
};
