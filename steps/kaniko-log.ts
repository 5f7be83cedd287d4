// What Kaniko says: lines of JSON of its own, and between them what the instructions print. Finds in them why a build failed.
import { DockerfileParser } from 'dockerfile-ast';
import type { Platform } from '../images/platform.ts';
import { StepFailure } from './failure.ts';

const LAST_LINES = 3;
const LONGEST = 400;
const INSTRUCTION =
  /^(?:ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)\s/;

export interface KanikoLine {
  text: string;
  /** Kaniko's own; otherwise an instruction's output. */
  own: boolean;
}

/** One line of the executor's log, as a person reads it. */
export function kanikoLine(line: string): KanikoLine {
  if (line.startsWith('{')) {
    try {
      const { level, msg } = JSON.parse(line) as { level?: unknown; msg?: unknown };
      if (typeof level === 'string' && typeof msg === 'string') return { text: msg.trimEnd(), own: true };
    } catch {
      // An instruction may print braces, too.
    }
  }
  return { text: line, own: false };
}

/** The failure of an executor, its reason in one line, the end of its output as details. `dockerfile`: as it was built. */
export function kanikoFailure(
  platform: Platform,
  lines: readonly KanikoLine[],
  dockerfile: string,
  ended: { exitCode: number; reason?: string },
): StepFailure {
  const said = lines.filter(({ text }) => text.trim() !== '');
  const details = said.slice(-20).map(({ text }) => text);
  if (ended.reason === 'OOMKilled') {
    const remedy = 'give the nodes or the pod more memory (slipway:serviceBuilds.memory)';
    return new StepFailure(`${platform}: the build was ended for want of memory; ${remedy}`, details);
  }
  const last = said.findLast(({ text }) => /^error /.test(text)) ?? said.at(-1);
  const error = (last?.text ?? `the executor ended with ${ended.exitCode}`)
    .replace(/^error building image: /, '')
    .replace(/^error building stage: /, '')
    .replace(/^failed to execute command: /, '');
  const at = said.findLastIndex(({ text, own }) => own && INSTRUCTION.test(text));
  const instruction = said[at]?.text;
  const output = said.slice(at + 1).filter(line => !line.own && line !== last && at >= 0);
  const parts = [
    instruction && placeOf(instruction, dockerfile),
    instruction,
    ...output.slice(-LAST_LINES).map(({ text }) => text.trim()),
    error,
  ];
  return new StepFailure(`${platform}: ${cut(parts.filter(part => part !== undefined).join(': '))}`, details);
}

// Kaniko names no line: the first instruction that reads the same.
function placeOf(instruction: string, dockerfile: string): string | undefined {
  const plain = (text: string) => text.replace(/\\\r?\n/g, '').replace(/\s+/g, '');
  const lines = dockerfile.split('\n');
  for (const found of DockerfileParser.parse(dockerfile).getInstructions()) {
    const { start, end } = found.getRange();
    if (plain(lines.slice(start.line, end.line + 1).join('\n')).toLowerCase() === plain(instruction).toLowerCase())
      return `Dockerfile:${start.line + 1}`;
  }
  return undefined;
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
