// `slipway rebuild <reference>`: runs the pipeline for one service and waits for its end. The program calls it for each
// service of a base that has changed.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kube, KubeObject } from '../cluster/kube.ts';
import { type Run, reasonOf, resultOf, succeeded } from '../cluster/runs.ts';
import { formatReference, parseReference } from '../images/reference.ts';
import type { RegistryClient } from '../images/registry.ts';

export interface RebuildOptions {
  /** Milliseconds for the run to end. */
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

  const path = `/apis/tekton.dev/v1/namespaces/${run.metadata.namespace}/pipelineruns`;
  const created = await kube.create(path, run);
  const what = `run ${created.metadata.name}`;
  for (const end = Date.now() + timeout; Date.now() < end; await sleep(every)) {
    const now = await kube.get<Run>(`${path}/${created.metadata.name}`);
    if (!now) throw new Error(`${name}: ${what} is gone before its end; run again: pulumi up`);
    if (succeeded(now) === 'True') return `${name}: ${outcomeOf(now)} (${what})`;
    if (succeeded(now) === 'False') throw new Error(await failure(registry, name, what, now));
  }
  throw new Error(`${name}: ${what} has not ended within ${timeout / 1000} s; see what it waits for, then: pulumi up`);
}

function outcomeOf(run: Run): string {
  return `${resultOf(run, 'outcome') ?? 'unknown'}, ${resultOf(run, 'digest') ?? 'unknown'}`;
}

async function failure(registry: RegistryClient, name: string, what: string, run: Run): Promise<string> {
  const kept = await registry.head(parseReference(name)).catch(() => undefined);
  const still = kept ? `; ${name} is ${kept}` : '';
  return `${name}: ${what} failed: ${reasonOf(run)}${still}. Mend the service, push it, then run again: pulumi up`;
}
