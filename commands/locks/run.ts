// `slipway pin`, `promote` and `rollback` as processes: stacks opened by name, the person from git, the diff on stdout, all
// else on stderr.
import { UNKNOWN } from '../../images/lock.ts';
import type { Pinning } from '../../images/lock-entry.ts';
import { PATIENT } from '../../images/registry-upkeep.ts';
import { checkout } from '../checkout.ts';
import { git } from '../git.ts';
import { deploymentsOf } from '../rollouts/deployments.ts';
import { scanAskedBy } from '../scan/asked.ts';
import { scanOfCopies } from '../scan/copies.ts';
import { type Changed, pin } from './pin.ts';
import { promote } from './promote.ts';
import { rollback } from './rollback.ts';
import { openStack, type Stack } from './stack.ts';

export interface LockCommand {
  /** Folder of the stack files, in place of the checkout. */
  stacks?: string;
  by?: string;
  dryRun?: boolean;
}

export async function runPin(
  name: string,
  services: string[],
  { stacks, by, dryRun = false }: LockCommand,
): Promise<string> {
  const stack = await openStack(name, stacks);
  const deployments = () => deploymentsOf(stack.settings);
  return report(stack, await pin(stack, { services, pinning: await pinningBy(by), dryRun, deployments }), dryRun);
}

export async function runPromote(
  services: string[],
  { from, to, unscanned, stacks, by, dryRun = false }: LockCommand & { from: string; to: string; unscanned?: boolean },
): Promise<string> {
  const source = await openStack(from, stacks);
  const target = await openStack(to, stacks, { patience: { ...PATIENT, say: note } });
  const deployments = () => deploymentsOf(source.settings);
  const asked = unscanned ? undefined : scanAskedBy(target.settings);
  const scan = asked && scanOfCopies([asked], note);
  const options = { services, pinning: await pinningBy(by), dryRun, deployments, scan, say: note };
  return report(target, await promote(source, target, options), dryRun);
}

export async function runRollback(
  name: string,
  services: string[],
  { stacks, dryRun = false }: LockCommand,
): Promise<string> {
  const stack = await openStack(name, stacks);
  return report(stack, await rollback(stack, { services, dryRun }), dryRun);
}

function note(line: string): void {
  console.error(line);
}

function report({ settings }: Stack, { diff, notes }: Changed, dryRun: boolean): string {
  for (const line of notes) note(line);
  if (diff.length === 0) return `${settings.lock}: nothing to change\n`;
  const written = dryRun ? 'would be written' : 'written';
  return `${settings.lock} ${written}\n${diff.map(line => `  ${line}\n`).join('')}`;
}

/** Now, by `by` or by whom git knows here. */
async function pinningBy(by?: string): Promise<Pinning> {
  const known = by ?? (await git(['config', 'user.name'], checkout).catch(() => ''));
  return { at: new Date().toISOString().replace(/\.\d+Z$/, 'Z'), by: known.trim() || UNKNOWN };
}
