// Which images a Dockerfile needs from outside, as BuildKit reads it: found before the build, so that a missing one is
// a line in the first seconds and not a failed build.
import { DockerfileParser, type Instruction } from 'dockerfile-ast';
import {
  argWords,
  type BaseUse,
  checked,
  type DockerfileOptions,
  EMPTY_IMAGE,
  fault,
  faultAt,
  flagsOf,
  lineOf,
  readStages,
  type Stage,
} from './dockerfile-stages.ts';

export type { BaseUse, DockerfileOptions } from './dockerfile-stages.ts';
export { type DockerfileWarning, dockerfileWarnings } from './dockerfile-warnings.ts';

/**
 * Every image that the build of `target` needs from outside, in the file's order, each use once. Stages that nothing
 * refers to are not built, and `scratch` is no image. Throws one line, `Dockerfile line N: …`, on the first fault.
 */
export function findBases(text: string, options: DockerfileOptions = {}): BaseUse[] {
  return [...builtStages(text, options).values()].flat();
}

/** The stages that the build of `target` needs, in the file's order, and what each takes from outside. Throws as findBases. */
export function builtStages(text: string, options: DockerfileOptions = {}): Map<Stage, BaseUse[]> {
  const stages = readStages(text, options);
  const uses = new Map<Stage, BaseUse[]>();
  const queue = [targetOf(stages, options.target)];
  for (let stage = queue.pop(); stage; stage = queue.pop()) {
    if (uses.has(stage)) continue;
    const own: BaseUse[] = [];
    uses.set(stage, own);
    if (stage.parent) queue.push(stage.parent);
    else if (stage.from.reference !== EMPTY_IMAGE) own.push(stage.from);
    for (const use of stage.instructions.flatMap(copiesFrom)) {
      const source = stageNamed(use, stage, stages);
      if (source) queue.push(source);
      else if (use.reference !== EMPTY_IMAGE) own.push(checked(use));
    }
  }
  return new Map(stages.flatMap(stage => (uses.has(stage) ? [[stage, uses.get(stage)!]] : [])));
}

// COPY --from=… and RUN --mount=…,from=…: a stage's name or number, else an image.
function copiesFrom(instruction: Instruction): BaseUse[] {
  const keyword = instruction.getKeyword();
  const flags = flagsOf(instruction);
  if (keyword === 'COPY') {
    const names = flags.filter(({ key }) => key === 'from').map(({ value }) => value ?? '');
    return names.map(name => sourceOf(instruction, keyword, name, 'COPY --from='));
  }
  if (keyword !== 'RUN') return [];
  const mounts = flags.filter(({ key }) => key === 'mount').map(({ flag }) => flag.getOption('from'));
  return mounts.flatMap(from =>
    from ? [sourceOf(instruction, keyword, from.getValue() ?? '', 'RUN --mount=…,from=')] : [],
  );
}

function sourceOf(instruction: Instruction, keyword: 'COPY' | 'RUN', written: string, flag: string): BaseUse {
  const name = written.replace(/^(["'])(.*)\1$/, '$2');
  if (name === '') throw fault(instruction, `${flag} names nothing; expected a stage or an image`);
  if (name.includes('$')) {
    throw fault(
      instruction,
      `${flag}${name}: no variables there; write FROM ${name} AS some-name and take it from some-name`,
    );
  }
  return { reference: name, line: lineOf(instruction), instruction: keyword };
}

function stageNamed(use: BaseUse, user: Stage, stages: Stage[]): Stage | undefined {
  const { reference: name } = use;
  const number = /^[0-9]+$/.test(name) ? Number(name) : undefined;
  const found = number === undefined ? stages.findLast(stage => stage.name === name.toLowerCase()) : stages[number];
  if (number !== undefined && !found) {
    throw faultAt(use.line, `${use.instruction} takes from stage ${name}; there are stages 0 to ${stages.length - 1}`);
  }
  if (found === user) throw faultAt(use.line, `${use.instruction} takes from its own stage, ${name}`);
  return found;
}

function targetOf(stages: Stage[], target: string | undefined): Stage {
  if (target === undefined) return stages.at(-1)!;
  const number = /^[0-9]+$/.test(target) ? Number(target) : -1;
  const found = stages.findLast(stage => stage.name === target.toLowerCase()) ?? stages[number];
  if (found) return found;
  const names = stages.map((stage, i) => stage.name ?? String(i)).join(', ');
  throw new Error(`Dockerfile: it has no stage ${target}; its stages are ${names}`);
}

/** What the first `ARG name=…` of the Dockerfile, in whatever stage, writes as its default; undefined where none does. */
export function argDefault(text: string, name: string): string | undefined {
  const args = DockerfileParser.parse(text)
    .getInstructions()
    .filter(instruction => instruction.getKeyword() === 'ARG');
  const word = args.flatMap(argWords).find(written => written.startsWith(`${name}=`));
  return word?.slice(name.length + 1).replace(/^(["'])(.*)\1$/, '$2');
}
