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
import type { Progress } from '../build.ts';
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
  const push = oneAtATime(means);
  try {
    await pMap(
      services.entries(),
      async ([i, service]) => {
        const start = Date.now();
        const own = join(workshop.folder, String(i));
        const say = (text: string, detail?: string) => tell(i, { text, detail });
        try {
          signal.throwIfAborted();
          const reference = await buildAndPush(service, own, { ...means, signal, say, push, workshop });
          outcome.pushed.set(service.service, reference);
          tell(i, { text: `pushed, ${((Date.now() - start) / 1000).toFixed(1)} s`, ended: true });
        } catch (error) {
          const first = !signal.aborted;
          if (first) {
            outcome.fault = named(service, error);
            stop.abort();
          }
          tell(i, { text: first ? 'failed' : 'not pushed', ended: true, failed: true });
        } finally {
          await rm(own, { recursive: true, force: true });
        }
      },
      { concurrency: AT_ONCE },
    );
  } finally {
    await workshop.close();
  }
  return outcome;
}

type Push = (layout: OciLayout, tree: ImageTree, target: Reference, work: Work) => Promise<void>;

interface Work {
  signal: AbortSignal;
  say: (text: string, detail?: string) => void;
}

async function buildAndPush(
  service: ServiceBuild,
  folder: string,
  { push, workshop, say, ...means }: Means & Work & { push: Push; workshop: Workshop },
): Promise<string> {
  const { builder, env, scan, signal } = means;
  const layout = new OciLayout(join(folder, 'layout'));
  await workshop.seed(layout.folder);
  say('builds');
  await buildImage(service, builder, layout.folder, { env, signal, say: instruction => say('builds', instruction) });
  try {
    const tree = await layout.whole(service.platforms);
    await workshop.keep(layout.folder, tree);
    const reference = formatReference({ ...service.target, digest: tree.root.digest });
    if (scan) {
      say('is scanned');
      await scan.before(layout.folder, reference);
    }
    say('waits for the push before it');
    await push(layout, tree, service.target, { signal, say });
    return reference;
  } catch (error) {
    // It may be one of the kept blobs that is at fault, and it would be so again.
    if (!signal.aborted) await workshop.forget();
    throw error;
  }
}

/** Pushes one image after the other: what several of them share is sent once, and mounted by the rest. */
function oneAtATime({ client, immutable, scan }: Means): Push {
  let last: Promise<unknown> = Promise.resolve();
  let mountFrom: string | undefined;
  return (layout, tree, target, { signal, say }) => {
    const push = async () => {
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
    };
    const mine = last.then(push);
    last = mine.catch(() => undefined);
    return mine;
  };
}

// A failed build says it already, with its Dockerfile.
function named({ service }: ServiceBuild, error: unknown): Error {
  const fault = error instanceof Error ? error : new Error(String(error));
  if (!fault.message.startsWith(`${service} `)) fault.message = `${service}: ${fault.message}`;
  return fault;
}
