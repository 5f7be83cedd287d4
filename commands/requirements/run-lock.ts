// The command `slipway lock-requirements`: which lists, which index, and what is told.
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { argDefault } from '../../images/dockerfile.ts';
import { lockRequirements } from './lock.ts';
import { findUv } from './uv.ts';

/** Names the index of Torch's builds without CUDA. */
const cpuDockerfile = 'docker/Dockerfile.ai-base.cpu';

/** Every list of the checkout. Throws one line where there are none. */
export function allLists(): string[] {
  const lists = globSync('docker/requirements-*.txt').sort();
  if (lists.length === 0) throw new Error('there is no docker/requirements-*.txt here; run it in the checkout');
  return lists;
}

export async function runLockRequirements(
  lists: readonly string[],
  options: { upgrade?: boolean; torchIndex?: string },
  say: (line: string) => void,
): Promise<void> {
  const chosen = lists.length > 0 ? lists : allLists();
  const torchIndex = options.torchIndex ?? argDefault(await readFile(cpuDockerfile, 'utf8'), 'TORCH_INDEX')!;
  const uv = await findUv();
  for (const list of chosen) {
    const { packages, changed, notes } = await lockRequirements(uv, list, { upgrade: options.upgrade, torchIndex });
    say(`${list}: ${packages} packages, ${changed ? `written to ${list}.lock` : 'unchanged'}`);
    for (const note of notes) say(`  ${note}`);
  }
}
