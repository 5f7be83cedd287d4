// What a Dockerfile says that BuildKit reads otherwise than its writer.
import { DockerfileParser } from 'dockerfile-ast';
import { argWords, lineOf } from './dockerfile-stages.ts';

/** A use of the Dockerfile that works, and not as its writer thinks. */
export interface DockerfileWarning {
  line: number;
  message: string;
}

/** Traps of this Dockerfile that don't stop a build. */
export function dockerfileWarnings(text: string): DockerfileWarning[] {
  const file = DockerfileParser.parse(text);
  const warnings: DockerfileWarning[] = [];
  const syntax = file.getDirectives().find(directive => directive.getName().toLowerCase() === 'syntax');
  if (syntax) {
    const message = `# syntax=${syntax.getValue()} makes BuildKit fetch a parser of its own as an image; without that line it uses the one it has`;
    warnings.push({ line: syntax.getRange().start.line + 1, message });
  }
  for (const instruction of file.getInstructions()) {
    if (instruction.getKeyword() !== 'ARG') continue;
    const words = argWords(instruction);
    const hash = words.findIndex(word => word.startsWith('#'));
    if (hash < 0) continue;
    const extra = words.slice(hash);
    const count = extra.length === 1 ? 'one more argument' : `${extra.length} more arguments`;
    const message =
      `ARG has no comments at the end of a line: "${extra.join(' ')}" is read as ${count}; ` +
      'put the comment on a line of its own above';
    warnings.push({ line: lineOf(instruction), message });
  }
  return warnings;
}
