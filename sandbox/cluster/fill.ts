// What the sandbox puts into its cluster: DNS, a class of volumes, Tekton Pipelines.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { homePaths, type SandboxConfig } from '../config.ts';
import { until } from '../until.ts';
import type { Api, KubeObject } from './api.ts';
import { applyLate, applyOnce, FIELD_MANAGER } from './apply.ts';
import { renderBase } from './base.ts';
import type { Step } from './cluster.ts';
import type { ClusterParts } from './prepare.ts';
import { deploymentsReady, tektonAdmits } from './ready.ts';
import { systemImages } from './system-image.ts';
import { renderTekton } from './tekton.ts';

const TEKTON_NAMESPACE = 'tekton-pipelines';

export interface Content {
  /** When this sandbox was started. */
  since: Date;
  step: Step;
  signal: AbortSignal;
}

/** All objects that belong to the sandbox itself. */
function sandboxObjects(config: SandboxConfig, parts: Pick<ClusterParts, 'images'>): KubeObject[] {
  const images = systemImages(parts.images.names);
  return [...renderBase(images), ...renderTekton(config.cache, images)];
}

/** Tekton's controllers of the last start hold their leases for a minute after they are gone. */
export async function dropLeases(api: Api): Promise<void> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${TEKTON_NAMESPACE}/leases`;
  await api.remove(path);
}

/** Applies what is not there yet, and waits until all of it answers. */
export async function fillCluster(
  config: SandboxConfig,
  parts: ClusterParts,
  api: Api,
  content: Content,
): Promise<void> {
  const { since, step, signal } = content;
  const objects = sandboxObjects(config, parts);
  const key = createHash('sha256').update(JSON.stringify(objects)).digest('hex').slice(0, 16);
  if ((await appliedKey(api)) !== key) {
    await step('content', async () => {
      const late = await applyOnce(
        api,
        objects.filter(object => !needsWebhook(object)),
        signal,
      );
      late.push(...objects.filter(needsWebhook));
      await applyLate(api, late, signal);
      await api.apply(keyObject(key), FIELD_MANAGER);
    });
  }
  await Promise.all([
    step('dns', () => ready('DNS', () => deploymentsReady(api, 'kube-system', since))),
    step('tekton', () => ready('Tekton Pipelines', () => tektonReady(api, since))),
  ]);

  function ready(what: string, ask: () => Promise<true | string>): Promise<true> {
    const hint = `see ${join(homePaths(config).clusterLogs, 'kubelet.log')}`;
    return until(what, ask, { signal, limit: 120_000, every: 250, hint });
  }
}

/** Its pods are up, and its webhook judges what is sent to the API. */
async function tektonReady(api: Api, since: Date): Promise<true | string> {
  const pods = await deploymentsReady(api, TEKTON_NAMESPACE, since, {
    'app.kubernetes.io/part-of': 'tekton-pipelines',
  });
  return pods === true ? tektonAdmits(api) : pods;
}

/** Objects of Tekton's own kinds, which its webhooks judge. */
function needsWebhook({ apiVersion }: KubeObject): boolean {
  return apiVersion.includes('tekton.dev/');
}

const KEY = { name: 'slipway-sandbox', namespace: 'kube-system' };

async function appliedKey(api: Api): Promise<string | undefined> {
  const map = await api.get<{ data?: { key?: string } }>(`/api/v1/namespaces/${KEY.namespace}/configmaps/${KEY.name}`);
  return map?.data?.key;
}

/** Written last: it says that all of this was applied. */
function keyObject(key: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: KEY, data: { key } };
}
