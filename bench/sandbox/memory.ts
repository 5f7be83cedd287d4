// Memory of a process and all that it started.
import { readdirSync, readFileSync } from 'node:fs';

/** Bytes (PSS: shared pages are counted once) of `pid` and its descendants. */
export function memoryOf(pid: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(name);
    if (parent !== undefined) parents.set(Number(name), parent);
  }
  const belongs = (each: number): boolean => each === pid || (parents.has(each) && belongs(parents.get(each)!));
  return [...parents.keys()].filter(belongs).reduce((sum, each) => sum + pssOf(each), 0);
}

function parentOf(pid: string): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The program's name may hold anything, and ends with the last bracket.
  const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return parent === undefined ? undefined : Number(parent);
}

function pssOf(pid: number): number {
  return 1024 * Number(/^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
}

/** Empty for a process that has ended in between. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
