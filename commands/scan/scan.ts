// The scan of an image: what is installed on each of its platforms, held against what is known.
import type { Digest } from '../../images/digest.ts';
import type { Platform } from '../../images/platform.ts';
import type { ScanSettings } from '../../settings/scan.ts';
import { type DatabaseIdentity, readDatabase } from '../osv/database.ts';
import type { Package } from '../osv/packages.ts';
import type { OsvRecord } from '../osv/record.ts';
import type { Catalogued } from './catalogue.ts';
import { concerning, familyOf, findingsOf, type Inventory, inventoryOf, unknownEcosystems } from './findings.ts';
import { makeReport, printFinding, type ScannedPlatform, type ScanReport } from './report.ts';
import type { Sbom } from './sbom.ts';
import { judge } from './threshold.ts';

export interface Scan {
  report: ScanReport;
  /** The bills of materials that it stands on. */
  sboms: Map<Platform, Sbom>;
}

/** What a database has of the packages of some images. */
export interface Known {
  identity: DatabaseIdentity;
  records: readonly OsvRecord[];
}

/** Reads the database once for all of `images`. Throws one line that names it. */
export function knownOf(images: readonly Catalogued[], { database }: ScanSettings): Promise<Known> {
  const sboms = images.flatMap(image => [...image.sboms.values()]);
  const packages = sboms.flatMap(({ components }) => inventoryOf(components).packages);
  return readDatabase(database, concerning(packages));
}

/**
 * Judges an image by what is known. Throws one line where it cannot be judged: an ecosystem that the database does not know, a
 * list of packages that was taken out. What is found is no error here, see `assertPassed`.
 */
export function judgeImage(
  { digest, sboms }: Catalogued,
  { identity, records }: Known,
  settings: ScanSettings,
  now = new Date(),
): Scan {
  const inventories = new Map([...sboms].map(([platform, sbom]) => [platform, inventoryOf(sbom.components)]));
  const packages = [...inventories.values()].flatMap(inventory => inventory.packages);
  assertKnown(packages, identity.ecosystems, settings);
  assertListed(digest, inventories, settings);

  const looked = (ecosystem: string) => !isWithout(ecosystem, settings);
  const judged = new Map(
    [...inventories].map(([platform, { outside, packages: all }]) => [
      platform,
      { outside, packages: all.filter(({ ecosystem }) => looked(ecosystem)) },
    ]),
  );
  const judgement = judge(findingsOf(records, judged), settings, now.toISOString().slice(0, 10));
  const platforms = [...sboms].map(([platform, { of }]) =>
    scannedPlatform(platform, of, inventories.get(platform)!, looked),
  );
  const [{ version }] = [...sboms.values()] as [Sbom];
  const scanner = { name: 'syft', version };
  const head = { digest, scanned: now.toISOString(), threshold: settings.threshold, scanner };
  return { report: makeReport({ ...head, database: identity, platforms }, judgement), sboms };
}

/** One image alone. Throws as `knownOf` and `judgeImage` do. */
export async function scanImage(image: Catalogued, settings: ScanSettings, now?: Date): Promise<Scan> {
  return judgeImage(image, await knownOf([image], settings), settings, now);
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
