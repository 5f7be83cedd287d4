// `slipway copy <source> <target>`: one image from a registry to another, whole and by digest; its tag is written last.
import { whyAbsent } from '../images/absent.ts';
import { type Copied, copyImages } from '../images/copy.ts';
import { credentialsFor } from '../images/credentials.ts';
import { endpointFor, parseEndpoints } from '../images/endpoints.ts';
import { checkTagFree, tagOnce } from '../images/immutable-tag.ts';
import { type Inspected, inspectImage } from '../images/inspect.ts';
import { isLoopback } from '../images/loopback.ts';
import { hasPlatform } from '../images/manifest.ts';
import { listPlatforms } from '../images/platform.ts';
import { formatReference, parseReference, type Reference } from '../images/reference.ts';
import { type Fetched, RegistryClient } from '../images/registry.ts';
import { PATIENT, pushedWhole } from '../images/registry-upkeep.ts';
import { printSize } from '../images/size.ts';
import { scansAskedFor } from './scan/asked.ts';
import type { CopyScan } from './scan/copies.ts';
import { orSignIn } from './sign-in.ts';

export interface CopyCommand {
  /** Where registries are reached, in the form of SLIPWAY_ENDPOINTS. */
  endpoints: string;
  /** Whether a tag of the target stays on the image that it has. */
  immutable?: boolean;
  /** Leaves out the scan that the stacks ask for whose registry the target is. */
  unscanned?: boolean;
  /** Folder of the stack files, in place of the checkout. */
  stacks?: string;
}

/**
 * Copies and gives one line of what is at the target now. `say` is told what is going on. It can be run again after any
 * fault: what was copied stays and is not sent again. Throws one line, or two, on a name that can't be meant, an image
 * that is not there, a tag that is taken, and what a registry refuses; as many as it takes where a scan refuses.
 */
export async function runCopy(
  source: string,
  target: string,
  { endpoints: list, immutable = false, unscanned = false, stacks }: CopyCommand,
  say: (line: string) => void,
): Promise<string> {
  const from = fullName(source);
  const to = targetOf(from, fullName(target));
  const endpoints = parseEndpoints(list);
  const scan = unscanned ? undefined : await scanOf(to, stacks, say);
  // A person is there to begin again where it does not answer at all.
  const client = new RegistryClient({ endpoints, credentials: credentialsFor, patience: { ...PATIENT, away: 0, say } });
  const registries = [from, to].map(({ registry }) => ({
    what: `Registry ${registry}`,
    url: endpointFor(endpoints, registry).url,
  }));
  return orSignIn(registries, async () => {
    const image = await inspectImage(client, from);
    if (!image) throw new Error(`${formatReference(from)} is not there: ${await whyAbsent(client, from)}`);
    if (image.kind === 'image')
      say(`${formatReference(from)} is a single manifest, ${alone(image)}; it is copied as it is`);
    if (immutable && to.tag !== undefined) await checkTagFree(client, to, image.digest);
    // By the digest that was looked at: the tag may move meanwhile.
    const request = { from: { ...from, digest: image.digest }, to };
    const there = { client, ref: { ...to, digest: image.digest } };
    await scan?.before([{ name: formatReference(from), from: { client, ref: request.from }, to: there }]);
    const copy = async () => {
      const [copied] = await copyImages(client, client, [request], { say });
      await scan?.after(there);
      return copied!;
    };
    const copied = await pushedWhole(copy, say).catch((error: Error) => {
      const hint = 'Run the same again: what was copied is not copied twice';
      throw new Error(`${error.message}\n${formatReference(to)} is as it was. ${hint}`, { cause: error });
    });
    const parts = contents(image, copied);
    if (to.tag !== undefined) {
      const write = immutable ? tagOnce : moveTag;
      if ((await write(client, to, copied.tree.root)) === 'there') parts.push('the tag was already there');
    }
    return `${formatReference({ ...to, digest: image.digest })} (${parts.join(', ')})`;
  });
}

/** A name with its registry. Users of other clients may mean Docker Hub by none, and then push there what is not for all. */
function fullName(text: string): Reference {
  const none = 'none.invalid';
  const reference = parseReference(text, { registry: none });
  if (reference.registry !== none) return reference;
  throw new Error(
    `image reference "${text}": it names no registry; expected registry/repository[:tag], of Docker Hub docker.io/${text}`,
  );
}

/** The target with the tag that it gets: its own, else the source's, none where the source is named by digest alone. */
function targetOf(from: Reference, { registry, repository, tag, digest }: Reference): Reference {
  if (digest !== undefined) {
    throw new Error(
      `target ${formatReference({ registry, repository, tag, digest })}: it names a digest, and a copy has that of its source; expected registry/repository[:tag]`,
    );
  }
  const given = tag ?? from.tag ?? (from.digest === undefined ? 'latest' : undefined);
  return { registry, repository, ...(given !== undefined && { tag: given }) };
}

async function scanOf(
  to: Reference,
  stacks: string | undefined,
  say: (line: string) => void,
): Promise<CopyScan | undefined> {
  const asked = await scansAskedFor(to, stacks);
  if (asked.length > 0) return (await import('./scan/copies.ts')).scanOfCopies(asked, say);
  if (!isLoopback(to.registry)) say(`not scanned: no stack asks for it of what goes to ${to.registry}`);
  return undefined;
}

async function moveTag(client: RegistryClient, to: Reference, root: Fetched): Promise<'written' | 'there'> {
  if ((await client.head(to)) === root.digest) return 'there';
  await client.put(to, root.bytes, root.mediaType);
  return 'written';
}

function alone({ platforms }: Inspected): string {
  return platforms.size === 0 ? 'an artefact of no platform' : `of ${listPlatforms([...platforms.keys()])} alone`;
}

function contents({ platforms }: Inspected, { tree, blobsThere }: Copied): string[] {
  const { manifest } = tree.root;
  const beside = manifest.kind === 'index' ? manifest.children.filter(child => !hasPlatform(child)).length : 0;
  const attached = tree.attached.reduce((sum, { referrers }) => sum + referrers.length, beside);
  const bytes = tree.blobs.reduce((sum, { size }) => sum + size, 0);
  const all = blobsThere === tree.blobs.length ? 'all' : `${blobsThere} of`;
  return [
    platforms.size === 1 ? '1 platform' : `${platforms.size} platforms`,
    `${attached} attached`,
    printSize(bytes),
    `${all} ${tree.blobs.length} blobs were there`,
  ];
}
