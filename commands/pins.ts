// The bases that runs build on, as the pipeline has them.
import type { MappedBase } from '../images/bases.ts';
import type { Reference } from '../images/reference.ts';
import { buildTaskName, pipelineNamespace } from '../settings/objects.ts';
import type { Context } from './context.ts';

/** As components/pipeline.ts writes it. */
export interface PinnedBase {
  repository: string;
  tag: string;
  /** With digest; of another variant than `tag`, where the catalogue says so. */
  reference: string;
}

export const taskPath = (name: string) => `/apis/tekton.dev/v1/namespaces/${pipelineNamespace}/tasks/${name}`;

/** Empty where there is no pipeline. */
export async function pinnedBases(context: Context): Promise<PinnedBase[]> {
  const task = await (await context.kube()).get(taskPath(buildTaskName));
  const env: { name: string; value?: string }[] = task?.spec?.stepTemplate?.env ?? [];
  const text = env.find(({ name }) => name === 'SLIPWAY_BASES')?.value;
  return text === undefined ? [] : (JSON.parse(text) as PinnedBase[]);
}

/** A base as a Dockerfile without a registry writes it. */
export function asWritten(reference: Reference): MappedBase {
  const written = `${reference.repository}:${reference.tag}`;
  return { written, context: written, reference, ours: true, pinned: false, line: 1, instruction: 'FROM' };
}
