// What a build needs to know of its Dockerfile beside the bases: read by its text, as none of it depends on values.
import { StepFailure } from './failure.ts';

/** The options by which BuildKit takes a pinned image, `context:<name>` → `docker-image://<reference>`. */
export function contextOptions(pinned: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(pinned).map(([name, reference]) => [`context:${name}`, `docker-image://${reference}`]),
  );
}

/**
 * Throws a StepFailure where a stage of the Dockerfile has the name of a base (BuildKit's name of the context): BuildKit
 * would put the base in the place of that whole stage, and say nothing. A stack may change its builder, so it holds for
 * each of them.
 */
export function refuseBaseNames(bases: Iterable<string>, dockerfile: string): void {
  const stages = stageNames(dockerfile);
  for (const name of bases) {
    if (!stages.has(name.toLowerCase())) continue;
    throw new StepFailure(
      `a stage of the Dockerfile has the name of its base, ${name}; give the stage another name, or write the base with its tag`,
    );
  }
}

function stageNames(dockerfile: string): Set<string> {
  const names = dockerfile.matchAll(/^[ \t]*FROM[ \t]+\S.*?[ \t]+AS[ \t]+(\S+)[ \t]*$/gim);
  return new Set([...names].map(match => match[1]!.toLowerCase()));
}
