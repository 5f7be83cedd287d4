// What a build needs to know of its Dockerfile beside the bases: read by its text, as none of it depends on values.
import { StepFailure } from './failure.ts';

/**
 * The options by which BuildKit takes a pinned image where the Dockerfile writes a base: `context:<name>` →
 * `docker-image://<reference>`. `pinned`: by BuildKit's name of the context. Throws a StepFailure where a stage of
 * the Dockerfile has such a name: BuildKit would put the base in the place of that whole stage, and say nothing.
 */
export function contextOptions(pinned: ReadonlyMap<string, string>, dockerfile: string): Record<string, string> {
  const stages = stageNames(dockerfile);
  for (const name of pinned.keys()) {
    if (!stages.has(name.toLowerCase())) continue;
    throw new StepFailure(
      `a stage of the Dockerfile has the name of its base, ${name}; give the stage another name, or write the base with its tag`,
    );
  }
  return Object.fromEntries([...pinned].map(([name, reference]) => [`context:${name}`, `docker-image://${reference}`]));
}

function stageNames(dockerfile: string): Set<string> {
  const names = dockerfile.matchAll(/^[ \t]*FROM[ \t]+\S.*?[ \t]+AS[ \t]+(\S+)[ \t]*$/gim);
  return new Set([...names].map(match => match[1]!.toLowerCase()));
}
