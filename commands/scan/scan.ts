// The scan of an image that lies in a folder: every platform of its index, before any registry has it.
import type { Digest } from '../../images/digest.ts';
import { type Descriptor, platformsOf } from '../../images/manifest.ts';
import { OciLayout } from '../../images/oci-layout.ts';
import { listPlatforms, type Platform, platformOf } from '../../images/platform.ts';
import type { Fetched } from '../../images/registry.ts';
import type { ScanSettings } from '../../settings/scan.ts';
import { readDatabase } from '../osv/database.ts';
import type { Package } from '../osv/packages.ts';
import { concerning, familyOf, findingsOf, type Inventory, inventoryOf, unknownEcosystems } from './findings.ts';
import { makeReport, printFinding, type ScannedPlatform, type ScanReport } from './report.ts';
import type { Sbom, Syft } from './sbom.ts';
import { judge } from './threshold.ts';

export interface Scan {
  report: ScanReport;
  /** The bills of materials that it stands on. */
  sboms: Map<Platform, Sbom>;
}

export interface ScanOptions {
  /** Of the image in the layout; the only one there where left out. */
  digest?: Digest;
  /** Platforms that it must have; all that it has are looked at. */
  platforms?: readonly Platform[];
  /** When, for exceptions with a last day. */
  now?: Date;
}

/**
 * Looks at an image in the layout `folder`. Throws one line where it cannot be judged: no platform, no database, an ecosystem that the database does
 * not know. What is found is no error here, see `assertPassed`.
 */
export async function scanLayout(
  syft: Syft,
  folder: string,
  settings: ScanSettings,
  { digest, platforms: needed = [], now = new Date() }: ScanOptions = {},
): Promise<Scan> {
  const layout = new OciLayout(folder);
  const wanted = digest ?? (await layout.image());
  const root = await layout.manifest({ digest: wanted });
  if (!root) throw new Error(`${folder} does not hold ${wanted}; build it again`);
  const images = await imagesOf(layout, root);
  if (images.size === 0) throw new Error(`${wanted} is an index without a platform: nothing in it can be scanned`);
  const missing = needed.filter(platform => !images.has(platform));
  if (missing.length > 0) {
    throw new Error(
      `${wanted} has ${listPlatforms([...images.keys()])}; needed: ${listPlatforms(missing)} as well; build it again`,
    );
  }

  const sboms = new Map<Platform, Sbom>();
  const inventories = new Map<Platform, Inventory>();
  // One at a time: syft unpacks what it reads.
  for (const [platform, manifest] of images) {
    const sbom = await syft.catalogue(folder, manifest);
    sboms.set(platform, sbom);
    inventories.set(platform, inventoryOf(sbom.components));
  }
  const packages = [...inventories.values()].flatMap(inventory => inventory.packages);
  const { identity, records } = await readDatabase(settings.database, concerning(packages));
  assertKnown(packages, identity.ecosystems, settings);
  assertListed(wanted, inventories, settings);

  const looked = (ecosystem: string) => !isWithout(ecosystem, settings);
  const judged = new Map(
    [...inventories].map(([platform, { outside, packages: all }]) => [
      platform,
      { outside, packages: all.filter(({ ecosystem }) => looked(ecosystem)) },
    ]),
  );
  const judgement = judge(findingsOf(records, judged), settings, now.toISOString().slice(0, 10));
  const platforms = [...images].map(([platform, manifest]) =>
    scannedPlatform(platform, manifest.digest, inventories.get(platform)!, looked),
  );
  const scanner = { name: 'syft', version: syft.version };
  const head = { digest: wanted, scanned: now.toISOString(), threshold: settings.threshold, scanner };
  return { report: makeReport({ ...head, database: identity, platforms }, judgement), sboms };
}

/** Throws one message where the report refuses: a line a finding, and what to do. */
export function assertPassed(image: string, { verdict, refused, threshold, notes }: ScanReport): void {
  if (verdict === 'passed') return;
  const what = refused.length === 1 ? 'a vulnerability is' : `${refused.length} vulnerabilities are`;
  throw new Error(
    [
      `${image}: ${what} ${threshold} or worse:`,
      ...refused.map(finding => `  ${printFinding(finding)}`),
      ...notes.map(note => `  ${note}`),
      'raise these packages and build again, or name an id with its reason in scan.ignore (docs/scanning.md)',
    ].join('\n'),
  );
}

async function imagesOf(layout: OciLayout, root: Fetched): Promise<Map<Platform, Descriptor>> {
  if (root.manifest.kind === 'index') return platformsOf(root.manifest);
  const { digest, mediaType, bytes, manifest } = root;
  const pieces: Uint8Array[] = [];
  for await (const piece of layout.readBlob({ registry: '', repository: '' }, manifest.config)) pieces.push(piece);
  const config = JSON.parse(Buffer.concat(pieces).toString('utf8')) as { os: string; architecture: string };
  return new Map([[platformOf(config), { mediaType, digest, size: bytes.length }]]);
}

function scannedPlatform(
  platform: Platform,
  digest: Digest,
  { packages, outside }: Inventory,
  looked: (ecosystem: string) => boolean,
): ScannedPlatform {
  const unjudged = { ...outside };
  for (const { ecosystem } of packages) {
    if (!looked(ecosystem)) unjudged[ecosystem] = (unjudged[ecosystem] ?? 0) + 1;
  }
  const outsiders = Object.values(outside).reduce((sum, number) => sum + number, 0);
  return { platform, digest, packages: packages.length + outsiders, unjudged };
}

// A database of one ecosystem would pass all others in silence.
function assertKnown(packages: readonly Package[], known: readonly string[], settings: ScanSettings): void {
  const missing = [...unknownEcosystems(packages, known)].filter(([ecosystem]) => !isWithout(ecosystem, settings));
  if (missing.length === 0) return;
  const counts = missing.map(([ecosystem, number]) => `${ecosystem} (${number} installed)`).join(', ');
  throw new Error(
    `${settings.database} knows nothing of packages of ${counts}; add that ecosystem's records, or name it in scan.without`,
  );
}

function assertListed(digest: Digest, inventories: ReadonlyMap<Platform, Inventory>, settings: ScanSettings): void {
  for (const [platform, { unlisted }] of inventories) {
    if (unlisted === undefined || isWithout(unlisted, settings)) continue;
    throw new Error(
      `${digest} is ${unlisted} on ${platform}, and has no list of what was installed (/var/lib/dpkg); keep it in the image, or name ${familyOf(unlisted)} in scan.without`,
    );
  }
}

function isWithout(ecosystem: string, { without }: ScanSettings): boolean {
  return without.includes(ecosystem) || without.includes(familyOf(ecosystem));
}
