// The Dockerfile that Kaniko builds: it takes no image in the place of another, so each base is written as the pinned
// one, in a copy. What Kaniko would pass over without a word is refused here.
import type { Instruction } from 'dockerfile-ast';
import { contextName } from './bases.ts';
import { builtStages } from './dockerfile.ts';
import { EMPTY_IMAGE, fault, flagsOf, type Stage } from './dockerfile-stages.ts';
import type { Platform } from './platform.ts';
import { parseReference } from './reference.ts';

interface Edit {
  line: number;
  start: number;
  end: number;
  text: string;
}

/**
 * `text` with every base that `pinned` has, by its name as a build context, written as its pinned reference. All else,
 * line numbers included, stays as it is. Throws one line, `Dockerfile line N: …`, on what Kaniko can't build.
 */
export function kanikoDockerfile(text: string, pinned: ReadonlyMap<string, string>, platform: Platform): string {
  const stages = [...builtStages(text, { platformArgs: platform }).keys()];
  const edits = stages.flatMap(stage => [
    ...headEdits(stage, pinned, platform),
    ...stage.instructions.flatMap(instruction => copyEdits(checked(instruction), stages, pinned)),
  ]);
  const lines = text.split('\n');
  for (const { line, start, end, text: written } of edits) {
    lines[line] = lines[line]!.slice(0, start) + written + lines[line]!.slice(end);
  }
  return lines.join('\n');
}

function headEdits({ head, from, parent }: Stage, pinned: ReadonlyMap<string, string>, platform: Platform): Edit[] {
  if (from.platform && from.platform !== platform) {
    throw fault(head, `FROM --platform=${from.platform}: ${cannot('build a stage for another platform than its own')}`);
  }
  if (parent || from.reference === EMPTY_IMAGE) return [];
  return edit(head.getArguments()[0]!.getRange(), from.reference, pinned);
}

function copyEdits(instruction: Instruction, stages: readonly Stage[], pinned: ReadonlyMap<string, string>): Edit[] {
  if (instruction.getKeyword() !== 'COPY') return [];
  return flagsOf(instruction).flatMap(({ key, value, flag }) => {
    const name = (value ?? '').replace(/^(["'])(.*)\1$/, '$2');
    const range = flag.getValueRange();
    if (key !== 'from' || !range || /^[0-9]*$/.test(name) || name === EMPTY_IMAGE) return [];
    if (stages.some(stage => stage.name === name.toLowerCase())) return [];
    return edit(range, name, pinned);
  });
}

function edit(
  { start, end }: { start: { line: number; character: number }; end: { character: number } },
  reference: string,
  pinned: ReadonlyMap<string, string>,
): Edit[] {
  const text = pinned.get(contextName(parseReference(reference)));
  if (text === undefined) throw new Error(`base ${reference} was not looked up before its build`);
  return [{ line: start.line, start: start.character, end: end.character, text }];
}

// Kaniko's parser knows all of these, and its builder does nothing with them.
function checked(instruction: Instruction): Instruction {
  const keyword = instruction.getKeyword();
  if ((instruction as Instruction & { getHeredocs?(): unknown[] }).getHeredocs?.().length) {
    throw fault(instruction, `${keyword} <<…: ${cannot('read here-documents')}`);
  }
  for (const { key, flag } of keyword === 'RUN' ? flagsOf(instruction) : []) {
    const type = flag.getOption('type')?.getValue() ?? 'bind';
    // Without a cache or a scratch folder an instruction does the same, only slower.
    if (key === 'mount' && type !== 'cache' && type !== 'tmpfs') {
      throw fault(instruction, `RUN --mount=type=${type}: ${cannot('mount into a RUN')}`);
    }
  }
  return instruction;
}

function cannot(what: string): string {
  return `Kaniko can't ${what}; write it another way, or have the stack build with BuildKit (slipway:serviceBuilds.builder)`;
}
