// A Dockerfile's stages, with the ARGs before the first FROM put in: what BuildKit has in hand before it builds.
import { type Arg, DockerfileParser, type Flag, type Instruction } from 'dockerfile-ast';
import { expandWord } from './expand.ts';
import { type Platform, parsePlatform } from './platform.ts';
import { parseReference } from './reference.ts';

/** An image from outside that a build needs. */
export interface BaseUse {
  /** As written, after the expansion of ARGs. */
  reference: string;
  /** Counted from 1. */
  line: number;
  instruction: 'FROM' | 'COPY' | 'RUN';
  /** Where `--platform` fixes it; otherwise it is needed for each platform that is built. */
  platform?: Platform;
}

export interface DockerfileOptions {
  /** Override the defaults of ARGs before the first FROM. */
  buildArgs?: Readonly<Record<string, string>>;
  /** What TARGETPLATFORM (and its parts) holds. Default linux/amd64. */
  platformArgs?: Platform;
  /** What BUILDPLATFORM (and its parts) holds: the builder's own. Default: as TARGETPLATFORM. */
  buildPlatform?: Platform;
  /** The stage to build. Default: the last. */
  target?: string;
}

export interface Stage {
  name: string | undefined;
  from: BaseUse;
  /** Its FROM. */
  head: Instruction;
  /** The earlier stage that FROM names. */
  parent: Stage | undefined;
  instructions: Instruction[];
}

/** The name of no image: a stage that starts from nothing. */
export const EMPTY_IMAGE = 'scratch';

/** All stages, in order. Throws one line, `Dockerfile line N: …`, on the first fault. */
export function readStages(text: string, options: DockerfileOptions): Stage[] {
  const file = DockerfileParser.parse(text);
  const escapeChar = file.getEscapeCharacter();
  const target = options.platformArgs ?? 'linux/amd64';
  const args = new Map<string, string | undefined>([
    ...platformArgs('TARGET', target),
    ...platformArgs('BUILD', options.buildPlatform ?? target),
  ]);
  const stages: Stage[] = [];
  for (const instruction of file.getInstructions()) {
    const keyword = instruction.getKeyword();
    if (keyword === 'FROM') stages.push(readFrom(instruction, args, escapeChar, stages));
    else if (stages.length > 0) stages.at(-1)!.instructions.push(instruction);
    else if (keyword === 'ARG') readArg(instruction as Arg, args, escapeChar, options.buildArgs ?? {});
    else throw fault(instruction, `${keyword} stands before the first FROM; only ARG may`);
  }
  if (stages.length === 0) throw new Error('Dockerfile: it has no FROM');
  return stages;
}

function readArg(
  arg: Instruction,
  args: Map<string, string | undefined>,
  escapeChar: string,
  buildArgs: Readonly<Record<string, string>>,
): void {
  for (const word of argWords(arg)) {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const written = equals < 0 ? undefined : expanded(arg, word.slice(equals + 1), args, escapeChar).text;
    // Predefined arguments are set without a default, too.
    args.set(name, Object.hasOwn(buildArgs, name) ? buildArgs[name] : (written ?? args.get(name)));
  }
}

function readFrom(
  from: Instruction,
  args: Map<string, string | undefined>,
  escapeChar: string,
  before: Stage[],
): Stage {
  const words = from.getArguments().map(argument => argument.getValue());
  const [image, as, name] = words;
  if (image === undefined || (words.length !== 1 && (words.length !== 3 || as!.toLowerCase() !== 'as'))) {
    throw fault(from, `FROM ${words.join(' ')}: expected FROM [--platform=…] image [AS name]`.replace(/ +:/, ':'));
  }
  const { text: reference, unset } = expanded(from, image, args, escapeChar);
  if (reference === '' || unset.length > 0) {
    const which =
      unset.length > 0 ? `${unset.join(' and ')} ${unset.length > 1 ? 'have' : 'has'} no value` : 'it is empty';
    const remedy = 'give the ARG before the first FROM a default, or pass it as a build argument';
    throw fault(from, `FROM ${image}: ${which}; ${remedy}`);
  }
  const flag = flagsOf(from).find(({ key }) => key === 'platform');
  const platform = flag?.value ? platformFlag(from, flag.value, args, escapeChar) : undefined;
  const use: BaseUse = { reference, line: lineOf(from), instruction: 'FROM', ...(platform && { platform }) };
  const parent = before.findLast(stage => stage.name === reference.toLowerCase());
  if (!parent && reference !== EMPTY_IMAGE) checked(use);
  return { name: name?.toLowerCase(), from: use, head: from, parent, instructions: [] };
}

function platformFlag(
  from: Instruction,
  value: string,
  args: Map<string, string | undefined>,
  escapeChar: string,
): Platform {
  const { text } = expanded(from, value, args, escapeChar);
  try {
    // As BuildKit reads it: one word is an architecture of Linux, but for Linux itself, which is the target's.
    if (text === 'linux') return parsePlatform(args.get('TARGETPLATFORM')!);
    return parsePlatform(text === '' || text.includes('/') ? text : `linux/${text}`);
  } catch (error) {
    throw fault(from, `--platform=${value}: ${(error as Error).message}`);
  }
}

/** What a build knows of a platform without being told: TARGETPLATFORM, TARGETOS, …, or the same of BUILD. */
export function platformArgs(side: 'TARGET' | 'BUILD', platform: Platform): [string, string | undefined][] {
  const [os, architecture, variant] = parsePlatform(platform).split('/');
  return [
    [`${side}PLATFORM`, platform],
    [`${side}OS`, os],
    [`${side}ARCH`, architecture],
    [`${side}VARIANT`, variant ?? ''],
  ];
}

function expanded(
  instruction: Instruction,
  word: string,
  args: Map<string, string | undefined>,
  escapeChar: string,
): { text: string; unset: string[] } {
  const unset = new Set<string>();
  try {
    return { text: expandWord(word, name => args.get(name), escapeChar, unset), unset: [...unset] };
  } catch (error) {
    throw fault(instruction, `${instruction.getKeyword()} ${word}: ${(error as Error).message}`);
  }
}

/** `use`, unless its reference can't be one. */
export function checked(use: BaseUse): BaseUse {
  try {
    parseReference(use.reference);
    return use;
  } catch (error) {
    throw faultAt(use.line, `${use.instruction}: ${(error as Error).message}`);
  }
}

/** The words of an ARG. Quotes hold white space together in ARG only, and only this call of the parser knows. */
export function argWords(arg: Instruction): string[] {
  return (arg as Arg).getPropertyArguments().map(argument => argument.getValue());
}

/** An instruction's flags, `--key=value`. */
export function flagsOf(instruction: Instruction): { key: string; value: string | null; flag: Flag }[] {
  const flags = (instruction as Instruction & { getFlags?(): Flag[] }).getFlags?.() ?? [];
  return flags.map(flag => ({ key: flag.getName().toLowerCase(), value: flag.getValue(), flag }));
}

/** The line an instruction starts on, counted from 1. */
export function lineOf(instruction: Instruction): number {
  return instruction.getRange().start.line + 1;
}

export function fault(instruction: Instruction, what: string): Error {
  return faultAt(lineOf(instruction), what);
}

export function faultAt(line: number, what: string): Error {
  return new Error(`Dockerfile line ${line}: ${what}`);
}
