// Images that were scanned before: bills of materials as syft leaves them, attached to what a fake registry has.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attachScan } from '../../../../commands/scan/attach.ts';
import type { Catalogued } from '../../../../commands/scan/catalogue.ts';
import { REPORT } from '../../../../commands/scan/report.ts';
import { CYCLONEDX, readSbom, type Sbom } from '../../../../commands/scan/sbom.ts';
import { scanImage } from '../../../../commands/scan/scan.ts';
import type { Digest } from '../../../../images/digest.ts';
import { parseManifest, platformsOf } from '../../../../images/manifest.ts';
import { RegistryClient } from '../../../../images/registry.ts';
import { type ScanSettings, scanSchema } from '../../../../settings/scan.ts';
import { type FakeRegistry, REGISTRY } from '../../images/fake-registry.ts';

/** Has a hole of severity medium, and one that is fixed. */
export const OLD = 'pkg:pypi/requests@2.19.0';
/** Has none. */
export const NEW = 'pkg:pypi/requests@2.32.0';
export const HOLE = 'CVE-2018-18074';

/** A database that knows the hole in `OLD`, as a file in `folder`. */
export function database(folder: string): string {
  const file = join(folder, 'osv.json');
  const ranges = [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.20.0' }] }];
  const affected = [{ package: { ecosystem: 'PyPI', name: 'requests' }, ranges }];
  writeFileSync(file, JSON.stringify([{ id: HOLE, affected, database_specific: { severity: 'MODERATE' } }]));
  return file;
}

/** How `folder`'s database is held against an image. */
export function judging(folder: string, settings: Partial<ScanSettings> = {}): ScanSettings {
  return scanSchema.parse({ database: database(folder), ...settings });
}

/** What syft says of one platform's manifest in which `purls` are installed. */
export function sbomOf(manifest: Digest, purls: readonly string[], version = '1.18.1'): Sbom {
  const metadata = {
    tools: { components: [{ type: 'application', name: 'syft', version }] },
    component: { type: 'container', name: manifest, version: manifest },
  };
  const components = purls.map(purl => ({ type: 'library', name: purl, purl }));
  return readSbom(Buffer.from(JSON.stringify({ bomFormat: 'CycloneDX', metadata, components })))!;
}

/** `purls` are installed on each platform of an index that the registry has. */
export function installed(
  { manifests }: FakeRegistry,
  repository: string,
  digest: Digest,
  purls: readonly string[],
): Catalogued {
  const index = parseManifest(manifests.get(`${repository} ${digest}`)!.bytes);
  const platforms = index.kind === 'index' ? [...platformsOf(index)] : [];
  return { digest, sboms: new Map(platforms.map(([platform, child]) => [platform, sbomOf(child.digest, purls)])) };
}

/** A scan of the index has found `purls` on each platform, and left what it found with the digest. */
export async function scanned(
  registry: FakeRegistry,
  repository: string,
  digest: Digest,
  purls: readonly string[],
  settings: ScanSettings,
): Promise<void> {
  const scan = await scanImage(installed(registry, repository, digest, purls), settings);
  const client = new RegistryClient({ endpoints: registry.endpoints });
  await attachScan(client, { registry: REGISTRY, repository, digest }, scan);
}

/** How many reports and bills of materials the registry has in a repository. */
export function keptIn({ manifests }: FakeRegistry, repository: string): { reports: number; boms: number } {
  const types = [...manifests].flatMap(([key, { bytes }]) =>
    key.startsWith(`${repository} sha256:`)
      ? [(JSON.parse(bytes.toString()) as { artifactType?: string }).artifactType]
      : [],
  );
  const count = (wanted: string) => types.filter(type => type === wanted).length;
  return { reports: count(REPORT), boms: count(CYCLONEDX) };
}
