// The sandbox's control groups: the one thing of it that outlives its processes, so it is made and removed by hand.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CGROUPS = '/sys/fs/cgroup';

/** Which cgroup layout the machine has: `v1` (a hierarchy a controller), `v2` (one for all), or neither. */
export function cgroupVersion(root = CGROUPS): 'v1' | 'v2' | undefined {
  if (existsSync(join(root, 'cgroup.controllers'))) return 'v2';
  return existsSync(join(root, 'memory')) ? 'v1' : undefined;
}

/** The folders in which the sandbox has a cgroup of its own: the root on v2, each hierarchy on v1. */
function hierarchies(root: string): string[] {
  if (cgroupVersion(root) === 'v2') return [root];
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => join(root, entry.name));
}

/**
 * Makes the sandbox's cgroup in every hierarchy, ready to have children.
 * @throws Error where a controller that kubelet needs can't be had for it.
 */
export function makeCgroups(name: string, root = CGROUPS): void {
  if (cgroupVersion(root) === 'v2') {
    makeUnified(name, root);
    return;
  }
  for (const hierarchy of hierarchies(root)) {
    const group = join(hierarchy, name);
    mkdirSync(group, { recursive: true });
    // A new cpuset is empty, and no process may enter an empty one.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (existsSync(join(hierarchy, file))) copyValue(join(hierarchy, file), join(group, file));
    }
    if (existsSync(join(group, 'cgroup.clone_children'))) writeFileSync(join(group, 'cgroup.clone_children'), '1');
  }
}

/** Controllers that kubelet asks for. */
const CONTROLLERS = ['cpu', 'cpuset', 'memory', 'pids'];

/** On v2: those controllers that children of the root cgroup don't get. On v1 every hierarchy has its own. */
export function missingControllers(root = CGROUPS): string[] {
  if (cgroupVersion(root) !== 'v2') return [];
  const offered = readFileSync(join(root, 'cgroup.subtree_control'), 'utf8').trim().split(' ');
  return CONTROLLERS.filter(controller => !offered.includes(controller));
}

function makeUnified(name: string, root: string): void {
  const missing = missingControllers(root);
  if (missing.length > 0) throw new Error(`cgroup controllers ${missing.join(', ')} are off in ${root}`);
  const group = join(root, name);
  mkdirSync(group, { recursive: true });
  const offered = readFileSync(join(group, 'cgroup.controllers'), 'utf8').trim().split(' ');
  writeFileSync(join(group, 'cgroup.subtree_control'), offered.map(controller => `+${controller}`).join(' '));
}

function copyValue(from: string, to: string): void {
  writeFileSync(to, readFileSync(from, 'utf8').trim());
}

/** Removes the sandbox's cgroups, deepest first. Returns those that still hold processes. */
export function removeCgroups(name: string, root = CGROUPS): string[] {
  const busy: string[] = [];
  for (const hierarchy of hierarchies(root)) removeTree(join(hierarchy, name), busy);
  return busy;
}

function removeTree(group: string, busy: string[]): void {
  if (!existsSync(group)) return;
  for (const entry of readdirSync(group, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(group, entry.name), busy);
  }
  try {
    rmdirSync(group);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') busy.push(group);
  }
}
