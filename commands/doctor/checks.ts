// All checks of a stack, in the order of a report.
import type { Settings } from '../../settings/settings.ts';
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
    ...registryChecks,
    ...namesChecks,
    ...imageChecks(settings),
    // Nothing of it is declared where digests come from the lock.
    ...(settings.digests === 'track' ? [...pipelineChecks(settings), ...builderChecks(settings)] : []),
    ...rolloutChecks(settings),
  ];
}
