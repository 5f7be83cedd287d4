// The stand-ins for upstream images that this machine can't reach: made once into the cache, complete or absent.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxConfig } from '../config.ts';
import { ensureRoot, type Root } from '../rootfs/root.ts';
import type { Report } from '../tools/report.ts';
import { ensureFolder } from '../tools/store.ts';
import { type Layer, writeLayer } from './layer.ts';
import { type Descriptor, finishLayout, type ImageIndex, readLayout, startLayout, writeImage } from './layout.ts';
import { buildkit } from './recipes/buildkit.ts';
import { debian } from './recipes/debian.ts';
import { kaniko } from './recipes/kaniko.ts';
import { node } from './recipes/node.ts';
import { python } from './recipes/python.ts';
import type { Context, Part, Recipe, ToolPaths } from './recipes/recipe.ts';
import { registry } from './recipes/registry.ts';
import { nop, system } from './recipes/system.ts';
import { stage } from './stage.ts';

/** A stand-in in the cache. */
export interface StandIn {
  name: Recipe['name'];
  /** Full reference of what it stands in for, without digest. */
  reference: string;
  /** Absolute path of its OCI layout. */
  folder: string;
  descriptor: Descriptor;
  index: ImageIndex;
}

export interface ImageOptions {
  /** Stand-ins beside those that are always made. */
  also?: readonly (keyof typeof further)[];
  report?: Report;
  signal?: AbortSignal;
}

/** What the node and its stacks always need. */
const everywhere: readonly Recipe[] = [python, node, buildkit, kaniko, registry, system, nop];
/** Made where a stack asks for them. */
const further = { debian };

/**
 * Makes the stand-ins that `$SLIPWAY_CACHE/images` doesn't hold yet, `<name>-<key>/` each, and returns all that were wanted. The
 * same inputs give the same digests. Throws where a package or a tool can't be had, and when aborted.
 */
export async function ensureImages(
  config: SandboxConfig,
  tools: ToolPaths,
  options: ImageOptions = {},
): Promise<StandIn[]> {
  const context: Context = { ...options, cache: config.cache, tools, root: sharedRoots(config.cache, options) };
  // Two at a time would fight for apt's lock and for both cores; their platforms already use both.
  const images: StandIn[] = [];
  const chosen = [...everywhere, ...(options.also ?? []).map(name => further[name])];
  for (const recipe of chosen) images.push(await ensureImage(recipe, context));
  return images;
}

/** Makes one stand-in, or finds it. */
async function ensureImage(recipe: Recipe, context: Context): Promise<StandIn> {
  const { report, signal } = context;
  const started = Date.now();
  const tell = (state: Parameters<Report>[0]['state']) =>
    report?.({ tool: `image ${shortName(recipe)}`, state, seconds: (Date.now() - started) / 1000 });
  try {
    const parts = await Promise.all(recipe.platforms.map(platform => recipe.parts(context, platform)));
    const folder = join(context.cache, 'images', `${recipe.name}-${await imageKey(recipe, parts)}`);
    const how = await ensureFolder({
      folder,
      signal,
      onWait: () => tell('queued'),
      make: async partial => {
        await tell('building');
        await makeImage(recipe, parts, partial, signal);
      },
    });
    await tell(how === 'found' ? 'found' : 'done');
    return { name: recipe.name, reference: recipe.reference, folder, ...(await readLayout(folder)) };
  } catch (error) {
    await tell('failed');
    throw error;
  }
}

async function makeImage(recipe: Recipe, parts: Part[][], folder: string, signal?: AbortSignal): Promise<void> {
  await startLayout(folder);
  const manifests = await Promise.all(
    recipe.platforms.map(async (architecture, at) => {
      const layers: Layer[] = [];
      for (const [number, part] of (parts[at] ?? []).entries()) {
        const { compression } = recipe;
        if ('root' in part) {
          layers.push(await writeLayer(folder, part.root.path, { compression, exclude: part.exclude, signal }));
          continue;
        }
        const staging = join(folder, `.stage-${architecture}-${number}`);
        await mkdir(staging, { mode: 0o755 });
        await stage(staging, part.entries);
        await part.fill?.(staging);
        layers.push(await writeLayer(folder, staging, { compression, signal }));
        await rm(staging, { recursive: true });
      }
      return writeImage(folder, { architecture, layers, config: recipe.config, origin: recipe.origin });
    }),
  );
  await finishLayout(folder, manifests);
}

/** Changes with the code that makes images, with the recipe's data and with everything that its parts are made of. */
async function imageKey(recipe: Recipe, parts: Part[][]): Promise<string> {
  const hash = createHash('sha256');
  const here = import.meta.dirname;
  const code = ['layer.ts', 'layout.ts', 'stage.ts'];
  const scripts = recipe.name === 'python' ? (await readdir(join(here, 'python'))).map(name => `python/${name}`) : [];
  for (const name of [...code, ...scripts.sort()]) hash.update(await readFile(join(here, name)));
  const { reference, platforms, compression, config, origin } = recipe;
  hash.update(JSON.stringify([reference, platforms, compression, config, origin]));
  for (const part of parts.flat()) {
    if ('root' in part) {
      hash.update(JSON.stringify([part.root.contents, part.exclude]));
      continue;
    }
    const entries = await Promise.all(
      part.entries.map(async entry => ('file' in entry ? { ...entry, file: await fileIdentity(entry.file) } : entry)),
    );
    hash.update(JSON.stringify([entries, part.identity]));
  }
  return hash.digest('hex').slice(0, 12);
}

/** What tells a file from its successor without reading a hundred megabytes: its size and its time. */
async function fileIdentity(file: string): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  return `${size} ${mtimeMs}`;
}

/** Trees of one call, so that two images, or two platforms of one, don't make the same tree twice. */
function sharedRoots(cache: string, options: ImageOptions): Context['root'] {
  const made = new Map<string, Promise<Root>>();
  return request => {
    const key = JSON.stringify([request.arch, request.packages, request.exclude]);
    const root = made.get(key) ?? ensureRoot({ ...request, cache, ...options });
    made.set(key, root);
    return root;
  };
}

const shortName = ({ reference }: Recipe): string => reference.replace(/^docker\.io\/(library\/)?/, '');
