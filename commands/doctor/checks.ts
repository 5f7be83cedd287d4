// All checks of a stack, in the order of a report.
import { hasPipeline, type Settings } from '../../settings/settings.ts';
import { builderChecks } from './builders.ts';
import { clusterChecks } from './cluster.ts';
import type { Check } from './finding.ts';
import { imageChecks } from './images.ts';
import { namesChecks } from './names.ts';
import { pipelineChecks } from './pipeline.ts';
import { registryChecks } from './registry.ts';
import { rolloutChecks } from './rollouts.ts';
import { settingsChecks } from './settings.ts';

export function checksOf(settings: Settings): Check[] {
  return [
    ...settingsChecks,
    ...clusterChecks,
    ...registryChecks(settings),
    ...namesChecks(settings),
    ...imageChecks(settings),
    // Nothing of it is declared elsewhere.
    ...(hasPipeline(settings) ? [...pipelineChecks(settings), ...builderChecks(settings)] : []),
    ...rolloutChecks(settings),
  ];
}
