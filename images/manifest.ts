// Indexes and manifests, in OCI's and Docker's media types. Read by hand and not by a schema library: the pipeline's
// steps load this, and their start-up time is part of every push.
import { type Digest, digestOf, isDigest } from './digest.ts';
import { type Platform, type PlatformParts, platformOf } from './platform.ts';

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

/** The media types to ask a registry for: with fewer, some registries hand out one platform of an index. */
export const ACCEPTED = [OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST];

/** The annotation that carries a build's source commit. */
export const REVISION = 'org.opencontainers.image.revision';
/** The annotation that carries a build's source repository. */
export const SOURCE = 'org.opencontainers.image.source';

/** What a manifest says of a blob or of another manifest; `size` in bytes. */
export interface Descriptor {
  mediaType: string;
  digest: Digest;
  size: number;
  annotations?: Record<string, string>;
}

/** One entry of an index. */
export interface Child extends Descriptor {
  platform?: PlatformParts;
  /** What an entry is that is no image: a signature, an attestation, … */
  artifactType?: string;
}

export interface Index {
  kind: 'index';
  mediaType: string;
  children: Child[];
  annotations: Record<string, string>;
}

export interface ImageManifest {
  kind: 'image';
  mediaType: string;
  config: Descriptor;
  layers: Descriptor[];
  annotations: Record<string, string>;
}

export type Manifest = Index | ImageManifest;

/**
 * Reads the bytes of an index or an image manifest. `mediaType`: what the registry called them; it must agree with
 * what the bytes say. Throws one line on anything else, Docker's schema 1 included.
 */
export function parseManifest(bytes: Uint8Array, mediaType?: string): Manifest {
  const body = object(json(bytes), 'the manifest');
  const declared = mediaType?.split(';')[0]?.trim().toLowerCase();
  const own = body.mediaType === undefined ? undefined : text(body.mediaType, 'mediaType');
  if (body.schemaVersion !== 2) {
    throw fault(
      `schemaVersion ${JSON.stringify(body.schemaVersion)} is not supported; expected 2: push the image again with a current client`,
    );
  }
  if (own && declared && ACCEPTED.includes(declared) && own !== declared) {
    throw fault(`the registry calls it ${declared}, its own mediaType is ${own}`);
  }
  // A document that is both would be read as one thing here and as another thing elsewhere.
  if (body.manifests !== undefined && (body.layers !== undefined || body.config !== undefined)) {
    throw fault('it has the fields of an index and of an image manifest');
  }
  const type = own ?? (declared && ACCEPTED.includes(declared) ? declared : body.manifests ? OCI_INDEX : OCI_MANIFEST);
  const annotations = strings(body.annotations, 'annotations');
  if (type === OCI_INDEX || type === DOCKER_LIST) {
    return { kind: 'index', mediaType: type, children: array(body.manifests, 'manifests').map(child), annotations };
  }
  if (type === OCI_MANIFEST || type === DOCKER_MANIFEST) {
    const layers = array(body.layers, 'layers').map((layer, i) => descriptor(layer, `layers[${i}]`));
    return { kind: 'image', mediaType: type, config: descriptor(body.config, 'config'), layers, annotations };
  }
  throw fault(`media type ${type} is not supported; expected one of ${ACCEPTED.join(', ')}`);
}

/**
 * The platforms that an index can be run on, in its order. Attestations (platform `unknown`), entries without a
 * platform and entries that are no image manifest don't count. Of two entries for one platform the first counts, as
 * it does for containerd.
 */
export function platformsOf(index: Index): Map<Platform, Child> {
  const platforms = new Map<Platform, Child>();
  for (const entry of index.children) {
    if (!hasPlatform(entry)) continue;
    const platform = platformOf(entry.platform);
    if (!platforms.has(platform)) platforms.set(platform, entry);
  }
  return platforms;
}

/** Whether an entry of an index is an image for a platform, and not an attestation or another artefact. */
export function hasPlatform(entry: Child): entry is Child & { platform: PlatformParts } {
  if (!entry.platform || (entry.mediaType !== OCI_MANIFEST && entry.mediaType !== DOCKER_MANIFEST)) return false;
  if (entry.platform.os === 'unknown' || entry.platform.architecture === 'unknown') return false;
  return !entry.annotations?.['vnd.docker.reference.type'];
}

/**
 * An OCI index of `children`: the same children and annotations give the same bytes, in whatever order they come.
 */
export function makeIndex(
  children: readonly Child[],
  annotations: Readonly<Record<string, string>> = {},
): { bytes: Buffer; digest: Digest; mediaType: string } {
  const key = (entry: Child) => `${entry.platform ? platformOf(entry.platform) : '~'} ${entry.digest}`;
  const manifests = [...children].sort((a, b) => (key(a) < key(b) ? -1 : 1)).map(ordered);
  const body = {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests,
    ...(Object.keys(annotations).length > 0 && { annotations: sorted(annotations) }),
  };
  const bytes = Buffer.from(JSON.stringify(body));
  return { bytes, digest: digestOf(bytes), mediaType: OCI_INDEX };
}

function ordered({ mediaType, digest, size, annotations, platform, artifactType }: Child): object {
  return {
    mediaType,
    digest,
    size,
    ...(annotations && Object.keys(annotations).length > 0 && { annotations: sorted(annotations) }),
    ...(platform && {
      platform: {
        architecture: platform.architecture,
        os: platform.os,
        ...(platform.variant && { variant: platform.variant }),
      },
    }),
    ...(artifactType && { artifactType }),
  };
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function child(value: unknown, i: number): Child {
  const entry = object(value, `manifests[${i}]`);
  const artifactType = entry.artifactType ? text(entry.artifactType, `manifests[${i}].artifactType`) : undefined;
  const base = { ...descriptor(entry, `manifests[${i}]`), ...(artifactType && { artifactType }) };
  if (entry.platform === undefined || entry.platform === null) return base;
  const platform = object(entry.platform, `manifests[${i}].platform`);
  const os = text(platform.os, `manifests[${i}].platform.os`);
  const architecture = text(platform.architecture, `manifests[${i}].platform.architecture`);
  const variant = platform.variant ? text(platform.variant, `manifests[${i}].platform.variant`) : undefined;
  return { ...base, platform: { os, architecture, ...(variant && { variant }) } };
}

function descriptor(value: unknown, where: string): Descriptor {
  const entry = object(value, where);
  const mediaType = text(entry.mediaType, `${where}.mediaType`);
  if (!isDigest(entry.digest)) throw fault(`${where}.digest is ${JSON.stringify(entry.digest)}, not a sha256 digest`);
  if (!Number.isSafeInteger(entry.size) || (entry.size as number) < 0) {
    throw fault(`${where}.size is ${JSON.stringify(entry.size)}, not a number of bytes`);
  }
  const annotations = strings(entry.annotations, `${where}.annotations`);
  return {
    mediaType,
    digest: entry.digest,
    size: entry.size as number,
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}

function json(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw fault(`its ${bytes.length} bytes are not JSON`);
  }
}

function object(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw fault(`${where} is not an object`);
}

function array(value: unknown, where: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw fault(`${where} is not a list`);
}

function text(value: unknown, where: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw fault(`${where} is ${JSON.stringify(value)}, not a text`);
}

function strings(value: unknown, where: string): Record<string, string> {
  if (value === undefined || value === null) return {};
  return Object.fromEntries(
    Object.entries(object(value, where)).map(([key, item]) => [key, anyText(item, `${where}.${key}`)]),
  );
}

// An annotation's value may be empty.
function anyText(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  throw fault(`${where} is ${JSON.stringify(value)}, not a text`);
}

function fault(what: string): Error {
  return new Error(`image manifest: ${what}`);
}
