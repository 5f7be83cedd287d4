// Which base a pipeline's build takes for what a Dockerfile writes.
import type { Image } from '../components/image.ts';
import type { PipelineBase } from '../components/pipeline.ts';
import type { PipelineSettings } from '../settings/settings.ts';

/**
 * Each tag that a Dockerfile may write stands for the base that the catalogue or the stack chose for the service.
 * `bases`: what the stack builds, by tag. Those that hold for one image only come first.
 */
export function pipelineBases(settings: PipelineSettings, bases: ReadonlyMap<string, Image>): PipelineBase[] {
  const { system, variant, variantOf } = settings;
  const forTags = (chosen: string, images?: string[]): PipelineBase[] =>
    system.bases.map(({ tag }) => ({
      repository: system.baseRepository,
      tag,
      reference: bases.get(chosen)!.reference,
      ...(images && { images }),
    }));
  const differing = settings.services.filter(({ name }) => variantOf(name) !== variant);
  return [...differing.flatMap(({ name, image }) => forTags(variantOf(name), [image])), ...forTags(variant)];
}
