// `slipway rollback <stack> [service…]`: writes the lock before this one.
import type { Lock, LockEntry } from '../../images/lock.ts';
import type { ServiceEntry } from '../../systems/types.ts';
import { checkWhole, withSignIn } from '../whole.ts';
import { diffImages } from './diff.ts';
import { existingLock, writeLock } from './file.ts';
import { type CommittedLock, lockHistory } from './history.ts';
import type { Changed } from './pin.ts';
import { chosenServices } from './services.ts';
import type { Stack } from './stack.ts';

export interface RollbackOptions {
  /** Names; empty: all. */
  services: readonly string[];
  dryRun: boolean;
}

/**
 * Takes the services of the newest committed lock in which one of them has another digest, and says what has changed. Only
 * digests go back: what was waiting or had no entry then stays as it is now, so no workload is taken away. Bases and
 * upstream images stay: what the registry has of them is the same as before. Throws one message where there is no such
 * lock, and where its images are not in the registry any more; then nothing is written.
 */
export async function rollback(stack: Stack, { services, dryRun }: RollbackOptions): Promise<Changed> {
  const { settings } = stack;
  if (settings.digests !== 'lock') {
    throw new Error(
      `stack ${settings.stack} has slipway:digests ${settings.digests}, so what is built and not its lock says what runs; build the commit that is wanted`,
    );
  }
  const before = await existingLock(stack);
  const chosen = chosenServices(stack, services);
  const found = await earlier(stack, before, chosen);
  const { commit, at } = found.version;
  const images = [...found.entries].map(([repository, { digest }]) => ({ repository, digest }));
  await withSignIn([stack], () => checkWhole(stack, images, settings.platforms)).catch((error: Error) => {
    throw new Error(`the lock of ${commit.slice(0, 12)} is not taken again, nothing was changed:\n${error.message}`);
  });
  const after: Lock = { ...before, images: { ...before.images, ...Object.fromEntries(found.entries) } };
  if (!dryRun) await writeLock(stack, after);
  return { diff: diffImages(before, after), notes: [`as in commit ${commit.slice(0, 12)} of ${at}`] };
}

async function earlier(
  stack: Stack,
  { images }: Lock,
  services: readonly ServiceEntry[],
): Promise<{ version: CommittedLock; entries: Map<string, LockEntry> }> {
  let count = 0;
  for await (const version of lockHistory(stack)) {
    count += 1;
    const entries = new Map<string, LockEntry>();
    for (const { image } of services) {
      const [now, then] = [images[image], version.lock.images[image]];
      if (typeof then === 'object' && (typeof now !== 'object' || now.digest !== then.digest)) entries.set(image, then);
    }
    if (entries.size > 0) return { version, entries };
  }
  const names = services.map(({ name }) => name).join(', ');
  const times = count === 1 ? 'once' : `${count} times`;
  throw new Error(
    `${stack.settings.lock} has been committed ${times}, never with another digest of ${names}; there is no lock before this one`,
  );
}
