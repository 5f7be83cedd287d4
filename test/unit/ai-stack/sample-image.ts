// A service of the sample as its image has it, without a builder: the files that its Dockerfile copies, and its command
// as a process of this machine.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import type { Cmd, Copy, Env, Instruction } from 'dockerfile-ast';
import { builtStages } from '../../../images/dockerfile.ts';
import { parseIgnore } from '../../../images/dockerignore.ts';

const START_TIMEOUT = 20_000;

/** The build context of each. */
export const context = join(import.meta.dirname, '../../../samples/ai-stack');
const ignore = parseIgnore(readFileSync(join(context, '.dockerignore'), 'utf8'));

export interface SampleImage {
  /** References of its bases. */
  bases: string[];
  /** From the context. */
  copied: string[];
  env: Record<string, string>;
  command: string[];
  user: string | undefined;
  port: number;
}

/** `dockerfile`: its path from the context. */
export function readImage(dockerfile: string): SampleImage {
  const stages = [...builtStages(readFileSync(join(context, dockerfile), 'utf8'))];
  const instructions = stages.at(-1)![0].instructions;
  const all = <T extends Instruction>(keyword: string) =>
    instructions.filter((each): each is T => each.getKeyword() === keyword);
  const [command] = all<Cmd>('CMD');
  return {
    bases: stages.flatMap(([, uses]) => uses.map(({ reference }) => reference)),
    copied: all<Copy>('COPY').flatMap(copy =>
      copy
        .getArguments()
        .slice(0, -1)
        .map(argument => argument.getValue().replace(/\/$/, '')),
    ),
    env: Object.fromEntries(
      all<Env>('ENV').flatMap(env => env.getProperties().map(each => [each.getName(), each.getValue() ?? ''])),
    ),
    command: command?.getJSONStrings().map(each => each.getJSONValue()) ?? [],
    user: all('USER').at(-1)?.getArgumentsContent() ?? undefined,
    port: Number(all('EXPOSE').at(-1)?.getArgumentsContent()),
  };
}

/** Whether a build can take `path` from the context. */
export function inContext(path: string): boolean {
  return !ignore.hides(path) && statSync(join(context, path), { throwIfNoEntry: false }) !== undefined;
}

/** Puts what the image holds in its working directory into a new folder of `parent`, and gives that. */
export function unpackImage({ copied }: SampleImage, parent: string): string {
  const folder = mkdtempSync(join(parent, 'image-'));
  const filter = (source: string) => !ignore.hides(relative(context, source));
  for (const path of copied) {
    const source = join(context, path);
    const target = statSync(source).isDirectory() ? folder : join(folder, basename(path));
    cpSync(source, target, { recursive: true, filter });
  }
  return folder;
}

export interface ServiceProcess {
  url: string;
  /** Asks it to end as kubelet does. Gives its exit code and the milliseconds that it took. */
  end(): Promise<{ code: number | null; taken: number }>;
  /** Ends it at once where it still runs. */
  kill(): Promise<void>;
}

let python: string | undefined;

/** The interpreter itself: what the PATH has may be a script that takes its time. */
function interpreter(): string {
  python ??= spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout?.trim();
  if (!python) throw new Error('python3 does not run here; the sample services want Python 3.11 or newer');
  return python;
}

/** Starts the image's command in `folder` (see unpackImage), on a port of the system's choice. */
export async function startService(
  { command, env }: SampleImage,
  folder: string,
  more: Record<string, string> = {},
): Promise<ServiceProcess> {
  const [program, ...args] = command;
  const child = spawn(program === 'python' ? interpreter() : program!, args, {
    cwd: folder,
    env: { ...env, HOST: '127.0.0.1', PORT: '0', ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const signal = async (name: NodeJS.Signals) => {
    const began = performance.now();
    child.kill(name);
    const [code] = await ended;
    return { code, taken: performance.now() - began };
  };
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const listening = once(createInterface(child.stdout), 'line') as Promise<[string]>;
  const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT);
  const started = await Promise.race([listening, ended.then(() => undefined)]);
  clearTimeout(timer);
  const address = / listens on (\S+)$/.exec(String(started?.[0]))?.[1];
  if (!address) {
    await signal('SIGKILL');
    throw new Error(`${folder}: ${command.join(' ')} did not start: ${said}`);
  }
  return { url: `http://${address}`, end: () => signal('SIGTERM'), kill: async () => void (await signal('SIGKILL')) };
}
