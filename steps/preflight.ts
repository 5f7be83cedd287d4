// Before any build: which images does the Dockerfile need, what stands for each, and is it there for every platform?
import { type BaseSources, type MappedBase, mapBases, type StackBase } from '../images/bases.ts';
import { type BaseUse, dockerfileWarnings, findBases } from '../images/dockerfile.ts';
import type { Platform } from '../images/platform.ts';
import { PreflightError, preflight } from '../images/preflight.ts';
import { formatReference, parseReference } from '../images/reference.ts';
import type { RegistryClient } from '../images/registry.ts';
import { StepFailure } from './failure.ts';
import type { Log } from './log.ts';

export interface PreflightRequest extends BaseSources {
  /** The text of the Dockerfile. */
  dockerfile: string;
  platforms: readonly Platform[];
  /** The platform of each builder's own machine, by what it builds; absent where the Dockerfile does not ask. */
  buildPlatforms?: ReadonlyMap<Platform, Platform>;
  /** The command that mends a base of the stack. */
  remedy: string;
}

/**
 * The pinned image for every base, by BuildKit's name of the base as the Dockerfile writes it. Throws one line a base
 * that is missing or lacks a platform, and on a Dockerfile that can't be read.
 */
export async function preflightBases(
  client: RegistryClient,
  request: PreflightRequest,
  log: Log,
): Promise<Record<string, string>> {
  const { dockerfile, platforms, remedy } = request;
  for (const { line, message } of dockerfileWarnings(dockerfile)) log(`warning: Dockerfile line ${line}: ${message}`);
  const mapped = mapBases(basesOf(request), request);
  for (const base of mapped) {
    const { written, reference, line } = base;
    log(`Dockerfile line ${line}: ${written} → ${formatReference(reference)}${besideStack(base, request.bases)}`);
  }
  const pinned = await preflight(client, mapped, platforms, remedy).catch(asFailure);
  for (const { context, reference } of mapped) {
    if (!reference.digest) log(`${formatReference(reference)} is now ${pinned.get(context)}`);
  }
  log(`${mapped.length} bases are there for ${platforms.join(' and ')}`);
  return Object.fromEntries(pinned);
}

// A base may be written with TARGETARCH in its name: each platform then needs another one.
function basesOf({ dockerfile, platforms, buildPlatforms }: PreflightRequest): BaseUse[] {
  return platforms.flatMap(platform =>
    findBases(dockerfile, { platformArgs: platform, buildPlatform: buildPlatforms?.get(platform) }).map(use => ({
      ...use,
      platform: use.platform ?? platform,
    })),
  );
}

// A digest in the Dockerfile is what its writer wants, and stays there when the stack's base moves on.
function besideStack({ reference, pinned }: MappedBase, bases: readonly StackBase[]): string {
  const own = bases.filter(({ repository }) => repository === reference.repository);
  if (!pinned || own.length === 0) return '';
  const current = own.map(base => parseReference(base.reference).digest);
  return current.includes(reference.digest)
    ? ', by its digest'
    : `, by its digest; the stack's own is now ${[...new Set(own.map(base => base.reference))].join(' or ')}`;
}

// Each base on a line of its own in the log, all of them in the run's reason.
function asFailure(error: unknown): never {
  throw error instanceof PreflightError ? new StepFailure(error.lines.join(' | '), [...error.lines]) : error;
}
