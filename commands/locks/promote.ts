// `slipway promote --from <stack> --to <stack> [service…]`: copies what one stack runs to the other's registry, looks that
// it is whole there, and only then writes the other's lock.
import pMap from 'p-map';
import { type Copied, copyImages } from '../../images/copy.ts';
import type { Digest } from '../../images/digest.ts';
import { tagOnce } from '../../images/immutable-tag.ts';
import { type Lock, type LockEntry, UNKNOWN } from '../../images/lock.ts';
import { entryOf, type Pinning, renewed } from '../../images/lock-entry.ts';
import type { Reference } from '../../images/reference.ts';
import { pushedWhole } from '../../images/registry-upkeep.ts';
import { immutableTag } from '../../images/tags.ts';
import { repositoryIn } from '../../settings/settings.ts';
import type { ServiceEntry } from '../../systems/types.ts';
import type { CopyScan } from '../scan/copies.ts';
import { allOrFaults, checkWhole, withSignIn } from '../whole.ts';
import { diffImages } from './diff.ts';
import { existingLock, writeLock } from './file.ts';
import type { Changed } from './pin.ts';
import { chosenServices } from './services.ts';
import type { Stack } from './stack.ts';
import { type Deployments, lockedRuns, trackedRuns } from './what-runs.ts';

export interface PromoteOptions {
  /** Names; empty: all that both stacks run. */
  services: readonly string[];
  pinning: Pinning;
  /** Looks at the source, copies nothing, writes nothing. */
  dryRun: boolean;
  /** What images must pass, but for those that the lock of `to` names and its registry has. */
  scan?: CopyScan;
  /** The source's. */
  deployments: Deployments;
  /** Told what is going on, a line at a time. */
  say: (line: string) => void;
}

/** An image of a service that is to be promoted. */
interface Promoted {
  /** Of the service: two registries may have its image in repositories of different prefixes. */
  name: string;
  digest: Digest;
  /** 40 hexadecimal digits, or `unknown`: what the lock of a source that locks says. */
  commit: string;
}

const PARALLEL = 16;

/**
 * Promotes and says what has changed in the lock of `to`. It can be run again after any fault: what was copied stays and
 * is not copied again, and the lock is written once, after all images are there. Throws one message with all faults
 * that can be seen before the copy, and one line for what fails in it.
 */
export async function promote(from: Stack, to: Stack, options: PromoteOptions): Promise<Changed> {
  checkStacks(from.settings, to.settings);
  const target = await existingLock(to);
  const services = shared(from, to, options.services);
  const { platforms } = to.settings;
  const ref = (stack: Stack, { name, digest }: Promoted) => ({
    registry: stack.settings.registry.name,
    repository: repositoryOf(stack, name),
    digest,
  });
  const place = (stack: Stack, image: Promoted) => ({ client: stack.client, ref: ref(stack, image) });
  const { promoted, notes, entries } = await withSignIn([from], async () => {
    const { promoted, notes } = await sources(from, services, options);
    await checkWhole(from, placed(from, promoted), platforms);
    const found = await pMap(promoted, image => from.client.manifest(ref(from, image)), { concurrency: PARALLEL });
    const entries = promoted.map(({ name, commit }, i): [string, LockEntry] => {
      const entry = entryOf(found[i]!, options.pinning);
      return [repositoryOf(to, name), { ...entry, commit: entry.commit === UNKNOWN ? commit : entry.commit }];
    });
    return { promoted, notes, entries: new Map(entries) };
  });
  const { scan } = options;
  await withSignIn([from, to], async () => {
    if (!scan) return;
    // What the lock names and the registry has was let in before: it brings nothing new.
    const isThere = async (image: Promoted): Promise<boolean> => {
      if (pinnedIn(target, repositoryOf(to, image.name)) !== image.digest) return false;
      return (await to.client.head(ref(to, image))) !== undefined;
    };
    const there = await pMap(promoted, isThere, { concurrency: PARALLEL });
    const coming = promoted.filter((_, i) => !there[i]);
    await scan.before(coming.map(image => ({ name: image.name, from: place(from, image), to: place(to, image) })));
  });
  if (options.dryRun) return { diff: diffImages(target, withEntries(target, entries)), notes };

  try {
    await withSignIn([from, to], async () => {
      const requests = promoted.map(image => ({ from: ref(from, image), to: ref(to, image) }));
      const { system, registry } = to.settings;
      const mountFrom = system.builtBy === 'pipeline' ? repositoryIn(registry, system.baseRepository) : undefined;
      const copy = () => copyImages(from.client, to.client, requests, { mountFrom, say: options.say });
      const copied = await pushedWhole(copy, options.say);
      await checkWhole(to, placed(to, promoted), platforms);
      await allOrFaults(promoted, async image => scan?.after(place(to, image)));
      await allOrFaults(promoted, (image, i) =>
        tag(to, ref(to, image), entries.get(repositoryOf(to, image.name))!, copied[i]!),
      );
    });
  } catch (error) {
    throw new Error(
      `${(error as Error).message}\n${to.settings.lock} is as it was. Run the same again: what was copied is not copied twice`,
    );
  }
  // Read anew: a copy may take long, and the file is anyone's meanwhile.
  const before = await existingLock(to);
  const after = withEntries(before, entries);
  const diff = diffImages(before, after);
  if (diff.length > 0) await writeLock(to, after);
  return { diff, notes };
}

function checkStacks(from: Stack['settings'], to: Stack['settings']): void {
  const faults: string[] = [];
  if (from.stack === to.stack) faults.push(`--from and --to are both ${to.stack}; expected two stacks`);
  if (from.system.name !== to.system.name) {
    faults.push(
      `${from.stack} is of system ${from.system.name} and ${to.stack} of ${to.system.name}; expected one system`,
    );
  }
  if (to.digests !== 'lock') {
    faults.push(
      `stack ${to.stack} has slipway:digests ${to.digests}, so what is built and not its lock says what runs; expected a stack with lock`,
    );
  }
  const { promotedFrom = from.stack } = to;
  if (promotedFrom !== from.stack) {
    faults.push(
      `stack ${to.stack} has slipway:promotedFrom ${promotedFrom}, so it takes what ${promotedFrom} has run and nothing else; expected --from ${promotedFrom}, not ${from.stack}`,
    );
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

/** The source's services to look at: those named, which both must run, or all that both run. */
function shared(from: Stack, to: Stack, names: readonly string[]): ServiceEntry[] {
  const there = chosenServices(from, names).map(({ name }) => name);
  const both = chosenServices(to, names).map(({ name }) => name);
  const services = from.settings.services.filter(({ name }) => there.includes(name) && both.includes(name));
  if (services.length > 0) return services;
  throw new Error(`there is no service that ${from.settings.stack} and ${to.settings.stack} both run`);
}

/** What the source has of each service. A service that has nothing is a fault where it was named, and else a note. */
async function sources(
  from: Stack,
  services: readonly ServiceEntry[],
  { services: named, deployments }: PromoteOptions,
): Promise<{ promoted: Promoted[]; notes: string[] }> {
  const { stack, digests } = from.settings;
  const lock = digests === 'lock' ? await existingLock(from) : undefined;
  const runs = await (lock ? lockedRuns(from, lock, services, deployments) : trackedRuns(from, services, deployments));
  const promoted: Promoted[] = [];
  const nothing: string[] = [];
  for (const { name, image } of services) {
    const run = runs.get(name)!;
    const entry = lock?.images[image];
    if ('none' in run) nothing.push(`${name} of stack ${stack}: ${run.none}`);
    else promoted.push({ name, digest: run.digest, commit: typeof entry === 'object' ? entry.commit : UNKNOWN });
  }
  if (nothing.length === 0 || (named.length === 0 && promoted.length > 0)) {
    return { promoted, notes: nothing.map(line => `not promoted: ${line}`) };
  }
  throw new Error(['there is nothing to promote of:', ...nothing.map(line => `  ${line}`)].join('\n'));
}

function placed(stack: Stack, promoted: readonly Promoted[]): { repository: string; digest: Digest }[] {
  return promoted.map(({ name, digest }) => ({ repository: repositoryOf(stack, name), digest }));
}

function repositoryOf({ settings }: Stack, service: string): string {
  return settings.services.find(({ name }) => name === service)!.image;
}

/** Gives the image its tag that never moves, unless it has it. */
async function tag({ client }: Stack, ref: Reference, { commit, digest }: LockEntry, { tree }: Copied): Promise<void> {
  await tagOnce(client, { ...ref, tag: immutableTag(commit, digest) }, tree.root);
}

function pinnedIn({ images }: Lock, repository: string): Digest | undefined {
  const entry = images[repository];
  return typeof entry === 'object' ? entry.digest : undefined;
}

function withEntries(lock: Lock, entries: ReadonlyMap<string, LockEntry>): Lock {
  const fresh = [...entries].map(([key, entry]) => [key, renewed(lock.images[key], entry)] as const);
  return { ...lock, images: { ...lock.images, ...Object.fromEntries(fresh) } };
}
