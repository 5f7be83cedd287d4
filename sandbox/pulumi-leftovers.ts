// What a Pulumi that was killed leaves behind, and what of it can be put away without asking anybody: locks of processes
// that are gone, plugins whose engine is gone, and creations that nobody saw the end of but a later `up` has made good.
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { childrenOf } from './supervisor/identity.ts';

/** A deployment of `pulumi stack export`, as far as pending operations go. */
export interface Deployment {
  resources?: { urn: string }[];
  pending_operations?: { type: string; resource: { urn: string } }[];
}

/** Milliseconds after which half a lock is no lock that is being written. */
const WRITTEN = 10_000;

/**
 * Removes the locks below `backend` (a folder of Pulumi's file:// backend) whose process is gone from this machine; gives
 * a line for each. A lock of another machine, or of a process that lives, stays: Pulumi itself then says who holds it.
 */
export function breakStaleLocks(backend: string, lives: (pid: number) => boolean = isPulumi): string[] {
  const folder = join(backend, '.pulumi', 'locks');
  return locksIn(folder).flatMap(file => {
    const holder = holderOf(file);
    if (holder === undefined ? Date.now() - statSync(file).mtimeMs < WRITTEN : !isGone(holder, lives)) return [];
    for (const part of [file, `${file}${ATTRIBUTES}`]) rmSync(part, { force: true });
    const who = holder ? `process ${holder.pid}, which has ended` : 'a process that was cut off while it wrote it';
    return [`the stack's lock was left by ${who}; it is removed`];
  });
}

/** What the backend keeps beside each file of its own; it holds nothing of a lock. */
const ATTRIBUTES = '.attrs';

const locksIn = (folder: string): string[] => files(folder).filter(file => !file.endsWith(ATTRIBUTES));

interface Holder {
  pid: number;
  hostname: string;
}

function holderOf(file: string): Holder | undefined {
  try {
    const { pid, hostname } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Holder>;
    return typeof pid === 'number' && typeof hostname === 'string' ? { pid, hostname } : undefined;
  } catch {
    return undefined;
  }
}

const isGone = (holder: Holder, lives: (pid: number) => boolean): boolean =>
  holder.hostname === hostname() && !lives(holder.pid);

/** Whether this pid is a Pulumi now: its number alone may be another program's since. */
function isPulumi(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'pulumi';
  } catch {
    return false;
  }
}

/**
 * Ends the plugins of the PULUMI_HOME `home` that outlived their engine, with whatever they had started; gives a line for
 * each. Left alone they would go on for up to five minutes: a build, or a wait for a run.
 */
export function endOrphans(home: string): string[] {
  return processes().flatMap(pid => {
    const name = pluginName(pid, home);
    if (name === undefined || ancestors(pid).some(isPulumi)) return [];
    endTree(pid);
    return [`plugin ${name} (process ${pid}) had outlived its Pulumi; it is ended`];
  });
}

/** The name of the plugin that runs as `pid`, undefined where it is none of this home's. */
function pluginName(pid: number, home: string): string | undefined {
  const [, ...environment] = ['', ...read(`/proc/${pid}/environ`).split('\0')];
  if (!environment.includes(`PULUMI_HOME=${home}`)) return undefined;
  const argv = read(`/proc/${pid}/cmdline`).split('\0').filter(Boolean);
  // The engine's address is what a plugin gets as its last argument, and nothing else in this environment does.
  if (!/^127\.0\.0\.1:\d+$/.test(argv.at(-1) ?? '')) return undefined;
  return argv
    .find(word => /^\/.*(pulumi-|command-provider)/.test(word))
    ?.replace(/^.*\/(?=pulumi-|command-provider)/, '');
}

function endTree(pid: number): void {
  const children = childrenOf(pid);
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
  children.forEach(endTree);
}

function ancestors(pid: number): number[] {
  const parent = Number(/^PPid:\s+(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
  return parent > 0 ? [parent, ...ancestors(parent)] : [];
}

const processes = (): number[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number);

function files(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/**
 * The deployment without those pending creations that are made good: the state has the resource itself by now, because
 * an `up` after the kill has created it (all that this program declares is created by saying what must be there, so a
 * second creation finds the first). Undefined where there is none of them.
 */
export function withoutMadeGood<D extends Deployment>(
  deployment: D,
): { deployment: D; madeGood: string[] } | undefined {
  const known = new Set(deployment.resources?.map(({ urn }) => urn));
  const pending = deployment.pending_operations ?? [];
  const isGood = ({ type, resource }: (typeof pending)[number]) => type === 'creating' && known.has(resource.urn);
  const madeGood = pending.filter(isGood).map(({ resource }) => resource.urn);
  if (madeGood.length === 0) return undefined;
  return {
    deployment: { ...deployment, pending_operations: pending.filter(operation => !isGood(operation)) },
    madeGood,
  };
}
