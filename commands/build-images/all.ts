// Builds and pushes services beside each other. Nothing reaches the registry before it is whole and has passed its scan,
// and the first fault ends the others.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pMap from 'p-map';
import { copyImages } from '../../images/copy.ts';
import type { ImageTree } from '../../images/image-tree.ts';
import { tagOnce } from '../../images/immutable-tag.ts';
import { OciLayout } from '../../images/oci-layout.ts';
import { formatReference, type Reference } from '../../images/reference.ts';
import type { RegistryClient } from '../../images/registry.ts';
import type { Progress } from '../builds/build.ts';
import type { PushScan } from '../scan/push.ts';
import { buildImage, type ImageBuild } from './buildctl.ts';
import type { Builder } from './builder.ts';
import { Workshop } from './workshop.ts';

/** One service: what to build, and where it goes. */
export interface ServiceBuild extends ImageBuild {
  /** With a tag. */
  target: Reference;
}

export interface Means {
  client: RegistryClient;
  builder: Builder;
  env: NodeJS.ProcessEnv;
  /** Whether a tag that exists stays on the image that it has. */
  immutable: boolean;
  scan?: PushScan;
  /** Gets how far all are, after each change. */
  show: (progress: readonly ImageProgress[]) => void;
  signal?: AbortSignal;
}

/** `detail`: the instruction or the layer that is at work. */
export type ImageProgress = Progress & { detail?: string };

export interface Outcome {
  progress: readonly ImageProgress[];
  /** What is in the registry now, by service: references with tag and digest. */
  pushed: Map<string, string>;
  /** The first fault. */
  fault?: Error;
}

const AT_ONCE = 3;
const WAITING = { text: 'waits', ended: false, failed: false };

/** Gives what became of all once nothing is under way any more; after a fault, or an abort, nothing more is pushed. */
export async function buildImages(services: readonly ServiceBuild[], means: Means): Promise<Outcome> {
  const stop = new AbortController();
  const signal = means.signal ? AbortSignal.any([means.signal, stop.signal]) : stop.signal;
  const progress: ImageProgress[] = services.map(({ service }) => ({ ...WAITING, service }));
  const tell = (i: number, change: Partial<ImageProgress>) => {
    Object.assign(progress[i]!, { detail: undefined, ...change });
    means.show(progress);
  };
  const outcome: Outcome = { progress, pushed: new Map() };
  const workshop = await Workshop.open(means.env);
  const shop: Shop = { ...means, signal, workshop, bring: inTurn(), push: pusher(means) };
  const pushes: Promise<void>[] = [];
  try {
    await pMap(
      services.entries(),
      async ([i, service]) => {
        const start = Date.now();
        const folder = join(workshop.folder, String(i));
        const say: Say = (text, detail) => tell(i, { text, detail });
        const pushed = (reference: string) => {
          outcome.pushed.set(service.service, reference);
          tell(i, { text: `pushed, ${((Date.now() - start) / 1000).toFixed(1)} s`, ended: true });
        };
        const failed = (error: unknown) => {
          const first = !signal.aborted;
          if (first) {
            outcome.fault = named(service, error);
            stop.abort();
          }
          tell(i, { text: first ? 'failed' : 'not pushed', ended: true, failed: true });
        };
        const clear = () => rm(folder, { recursive: true, force: true });
        try {
          const built = await buildOne(service, folder, shop, say);
          // The next build begins meanwhile.
          pushes.push(pushOne(service, built, shop, say).then(pushed, failed).finally(clear));
        } catch (error) {
          failed(error);
          await clear();
        }
      },
      { concurrency: AT_ONCE },
    );
    await Promise.all(pushes);
  } finally {
    await workshop.close();
  }
  return outcome;
}

type Say = (text: string, detail?: string) => void;

/** What the services of one run share. */
interface Shop extends Means {
  signal: AbortSignal;
  workshop: Workshop;
  bring: InTurn;
  push: Push;
}

interface Built {
  layout: OciLayout;
  tree: ImageTree;
}

/** Builds, verifies and scans one image. */
async function buildOne(service: ServiceBuild, folder: string, shop: Shop, say: Say): Promise<Built> {
  const { builder, env, signal, workshop } = shop;
  signal.throwIfAborted();
  const layout = new OciLayout(join(folder, 'layout'));
  const bases = Object.values(service.pinned);
  const how = { env, signal, say: (instruction: string) => say('builds', instruction) };
  const bring = async (): Promise<ImageTree> => {
    signal.throwIfAborted();
    await workshop.seed(layout.folder);
    await buildImage(service, builder, { folder, layout: layout.folder }, how);
    return forgetful(shop, async () => {
      const tree = await layout.whole(service.platforms);
      await workshop.keep(layout.folder, tree, bases);
      return tree;
    });
  };
  say('builds');
  const known = await workshop.knows(bases);
  // A base that nothing here was built on yet would be sent by the builder to each of those that build on it at once.
  if (!known) await buildImage(service, builder, { folder }, how);
  const tree = await (known ? bring() : shop.bring(bring));
  if (shop.scan) {
    say('is scanned');
    await shop.scan.before(layout.folder, formatReference({ ...service.target, digest: tree.root.digest }));
  }
  return { layout, tree };
}

/** Pushes one image once those before it are; gives its reference by tag and digest. */
async function pushOne({ target }: ServiceBuild, { layout, tree }: Built, shop: Shop, say: Say): Promise<string> {
  say('waits for the push before it');
  await forgetful(shop, () => shop.push(layout, tree, target, { signal: shop.signal, say }));
  return formatReference({ ...target, digest: tree.root.digest });
}

/** It may be one of the kept blobs that is at fault, and it would be so again. */
async function forgetful<T>({ workshop, signal }: Shop, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!signal.aborted) await workshop.forget();
    throw error;
  }
}

type InTurn = <T>(act: () => Promise<T>) => Promise<T>;

/** Does what it is given one after the other. */
function inTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return act => {
    const mine = last.then(act);
    last = mine.catch(() => undefined);
    return mine;
  };
}

type Push = (
  layout: OciLayout,
  tree: ImageTree,
  target: Reference,
  work: { signal: AbortSignal; say: Say },
) => Promise<void>;

/** Pushes one image after the other: what several of them share is sent once, and mounted by the rest. */
function pusher({ client, immutable, scan }: Means): Push {
  const one = inTurn();
  let mountFrom: string | undefined;
  return (layout, tree, target, { signal, say }) =>
    one(async () => {
      signal.throwIfAborted();
      const { registry, repository } = target;
      const from = { registry: 'oci-layout', repository, digest: tree.root.digest };
      const to = { registry, repository };
      await copyImages(layout, client, [{ from, to }], { signal, say: line => say('pushes', line), mountFrom });
      await scan?.after(client, { ...to, digest: tree.root.digest });
      signal.throwIfAborted();
      if (immutable) await tagOnce(client, target, tree.root);
      else await client.put(target, tree.root.bytes, tree.root.mediaType);
      mountFrom ??= repository;
    });
}

// A failed build says it already, with its Dockerfile.
function named({ service }: ServiceBuild, error: unknown): Error {
  const fault = error instanceof Error ? error : new Error(String(error));
  if (!fault.message.startsWith(`${service} `)) fault.message = `${service}: ${fault.message}`;
  return fault;
}
