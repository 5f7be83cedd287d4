// All checks of a stack, in the order of a report.
import { hasPipeline, type Settings } from '../../settings/settings.ts';
import { builderChecks, builderHere } from './builders.ts';
import { catalogueCheck } from './catalogue.ts';
import { clusterChecks } from './cluster.ts';
import type { Check } from './finding.ts';
import { healthChecks } from './health.ts';
import { imageChecks } from './images.ts';
import { namesChecks } from './names.ts';
import { needsChecks } from './needs.ts';
import { pipelineChecks } from './pipeline.ts';
import { pullChecks } from './pull.ts';
import { pullSecretChecks } from './pull-secret.ts';
import { pushCheck } from './push.ts';
import { reachChecks } from './reach.ts';
import { registryChecks } from './registry.ts';
import { rolloutChecks } from './rollouts.ts';
import { settingsChecks } from './settings.ts';
import { sourceChecks } from './sources.ts';
import { writesChecks } from './writes.ts';

/** `trying`: those, too, that begin something and take it back. All others only read. */
export function checksOf(settings: Settings, { trying = false } = {}): Check[] {
  return [
    ...settingsChecks,
    ...clusterChecks,
    ...registryChecks(settings),
    ...writesChecks(settings),
    ...pullSecretChecks(settings),
    catalogueCheck,
    ...(trying ? [pushCheck] : []),
    ...namesChecks(settings),
    ...imageChecks(settings),
    ...(trying ? pullChecks(settings) : []),
    // Nothing of it is declared elsewhere.
    ...(hasPipeline(settings) ? [...pipelineChecks(settings), ...builderChecks(settings)] : []),
    ...(settings.digests === 'build' ? [...sourceChecks(settings), builderHere] : []),
    ...rolloutChecks(settings),
    ...needsChecks(settings),
    ...reachChecks(settings),
    ...healthChecks(settings),
  ];
}
