// Which Python packages the bases of a stack are built with, and whether they are what was locked.
import { argDefault } from '../images/dockerfile.ts';
import { lockCommand, lockFiles, parseLocked, parseRequirements, unlocked } from '../images/requirements.ts';
import type { BaseEntry } from '../systems/types.ts';
import type { Settings } from './settings.ts';

type ReadText = (file: string) => Promise<string>;
type Lists = Pick<Settings, 'buildArgs'> & { bases: readonly BaseEntry[] };

/** The build argument that names a base's list. */
const argument = 'REQUIREMENTS';

/** The lists that the stack's bases are built with, each once: of the stack's build arguments, else of the Dockerfile. */
export async function requirementLists({ bases, buildArgs }: Lists, readText: ReadText): Promise<string[]> {
  const lists = await Promise.all(
    bases.map(
      async ({ tag, dockerfile }) => buildArgs[tag]?.[argument] ?? argDefault(await readText(dockerfile), argument),
    ),
  );
  return [...new Set(lists.filter(list => list !== undefined))];
}

/** Throws with a line for each list that is not as it was locked: a build would install something else than it says. */
export async function checkRequirements(settings: Lists, readText: ReadText): Promise<void> {
  const lists = await requirementLists(settings, readText);
  const faults = (await Promise.all(lists.map(list => faultOf(list, readText)))).filter(fault => fault !== undefined);
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

async function faultOf(list: string, readText: ReadText): Promise<string | undefined> {
  const remedy = `run: ${lockCommand(list)}`;
  try {
    const pins = parseRequirements(await readText(list), list);
    const parts = [lockFiles.wheels, lockFiles.sources, lockFiles.torch].map(file => `${list}.lock/${file}`);
    const texts = await Promise.all(parts.map(part => orNothing(readText(part))));
    if (texts.every(text => text === undefined)) return `${list} has no lock, ${list}.lock; ${remedy}`;
    const locked = texts.flatMap((text, at) => parseLocked(text ?? '', parts[at]!));
    const differences = unlocked(pins, locked);
    return differences.length > 0 ? `${list} is not what was locked: ${differences.join(', ')}; ${remedy}` : undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? `there is no ${list}, which a base is built with` : message;
  }
}

async function orNothing(text: Promise<string>): Promise<string | undefined> {
  try {
    return await text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
