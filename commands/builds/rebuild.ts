// `slipway rebuild <reference>`: runs the pipeline for one service and waits for its end. The program calls it for each
// service of a base that has changed.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kube, KubeObject } from '../../cluster/kube.ts';
import { isPending, outcomeOf, type Run, reasonOf, runsPath, succeeded } from '../../cluster/runs.ts';
import { formatReference, parseReference } from '../../images/reference.ts';
import type { RegistryClient } from '../../images/registry.ts';

export interface RebuildOptions {
  /** Milliseconds for the run to end once it has begun, and before that for it to begin. */
  timeout: number;
  /** Milliseconds between two looks at it. */
  every: number;
}

/**
 * Creates `run` (a PipelineRun) and gives a line that says what became of it. Nothing is created where the registry has
 * no `reference`: a service that was never built has nothing to follow with. Throws one line when the run fails, with
 * its reason, or does not end in time.
 */
export async function rebuild(
  kube: Kube,
  registry: RegistryClient,
  reference: string,
  run: KubeObject,
  { timeout, every }: RebuildOptions,
): Promise<string> {
  const image = parseReference(reference);
  const name = formatReference(image);
  if (!(await registry.head(image))) return `${name} was never built; nothing to build again`;

  const path = runsPath(run.metadata.namespace!);
  const created = await kube.create(path, run);
  const what = `run ${created.metadata.name}`;
  let pending = true;
  for (let end = Date.now() + timeout; Date.now() < end; await sleep(every)) {
    const now = await kube.get<Run>(`${path}/${created.metadata.name}`);
    if (!now) throw new Error(`${name}: ${what} is gone before its end; run again: pulumi up`);
    if (succeeded(now) === true) return `${name}: ${outcomeOf(now)} (${what})`;
    if (succeeded(now) === false) throw new Error(await failure(registry, name, what, now));
    if (pending && !isPending(now)) {
      // Others may have built before it.
      end = Date.now() + timeout;
      pending = false;
    }
  }
  const late = pending
    ? `has waited ${timeout / 1000} s for its place; see whether Deployment slipway-push is up`
    : `has not ended within ${timeout / 1000} s; see what it waits for`;
  throw new Error(`${name}: ${what} ${late}, then: pulumi up`);
}

async function failure(registry: RegistryClient, name: string, what: string, run: Run): Promise<string> {
  const kept = await registry.head(parseReference(name)).catch(() => undefined);
  const still = kept ? `; ${name} is ${kept}` : '';
  return `${name}: ${what} failed: ${reasonOf(run)}${still}. Mend the service, push it, then run again: pulumi up`;
}
