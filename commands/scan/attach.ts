// The report and the bills of materials beside the image that they are about: artefacts that a registry lists as attached to
// the digest (image spec 1.1, "subject"), so that every copy of the image by digest takes them along.
import { digestOf } from '../../images/digest.ts';
import { type Child, type Descriptor, OCI_MANIFEST } from '../../images/manifest.ts';
import { formatReference, type Reference } from '../../images/reference.ts';
import type { RegistryClient } from '../../images/registry.ts';
import { REPORT } from './report.ts';
import { CYCLONEDX } from './sbom.ts';
import type { Scan } from './scan.ts';

const EMPTY = 'application/vnd.oci.empty.v1+json';
const CREATED = 'org.opencontainers.image.created';
const TITLE = 'org.opencontainers.image.title';
/** Which platform of an index a bill of materials is of. */
export const PLATFORM = 'slipway.dev/platform';

/** The contents of the artefacts of one type that are attached to `ref`'s digest. */
export async function attachedTo(client: RegistryClient, ref: Reference, artifactType: string): Promise<Buffer[]> {
  const { registry, repository } = ref;
  const { referrers } = await client.referrers(ref);
  const contents: Buffer[] = [];
  for (const referrer of referrers.filter(each => each.artifactType === artifactType)) {
    // A list may outlive what it names.
    const found = await client.manifest({ registry, repository, digest: referrer.digest });
    if (found?.manifest.kind !== 'image') continue;
    for (const { digest } of found.manifest.layers) contents.push(await client.blob(ref, digest));
  }
  return contents;
}

/**
 * Attaches a scan to `ref`, whose digest it is of, but for what is there already: bills of materials of the same bytes, a report
 * that says the same of an earlier time. Throws where the registry lacks the image.
 */
export async function attachScan(client: RegistryClient, ref: Reference, { report, sboms }: Scan): Promise<void> {
  const { registry, repository } = ref;
  const found = await client.manifest({ registry, repository, digest: report.digest });
  if (!found) {
    throw new Error(
      `${formatReference({ registry, repository, digest: report.digest })} is not there; push it, then attach the report`,
    );
  }
  const subject = { mediaType: found.mediaType, digest: found.digest, size: found.bytes.length };
  const put = (artifactType: string, name: string, bytes: Buffer, annotations: Record<string, string>) =>
    putArtefact(client, { registry, repository }, subject, { artifactType, name, bytes, annotations });
  const attached: Child[] = [];
  for (const [platform, { bytes }] of sboms) {
    const name = `sbom-${platform.replaceAll('/', '-')}.cdx.json`;
    attached.push(await put(CYCLONEDX, name, bytes, { [PLATFORM]: platform }));
  }
  const text = Buffer.from(JSON.stringify(report));
  const earlier = await attachedTo(client, { registry, repository, digest: subject.digest }, REPORT);
  if (!earlier.some(other => saidBy(other) === saidBy(text))) {
    attached.push(await put(REPORT, 'scan.json', text, { [CREATED]: report.scanned }));
  }
  await client.attach({ registry, repository, digest: subject.digest }, attached);
}

/** A report but for its time, which stands in it once. */
function saidBy(report: Buffer): string {
  return report.toString('utf8').replace(/"scanned":"[^"]*"/, '');
}

interface Artefact {
  artifactType: string;
  /** The name of its file, as clients store it. */
  name: string;
  bytes: Buffer;
  annotations: Record<string, string>;
}

async function putArtefact(
  client: RegistryClient,
  ref: Reference,
  subject: Descriptor,
  { artifactType, name, bytes, annotations }: Artefact,
): Promise<Child> {
  const blob = async (mediaType: string, content: Buffer): Promise<Descriptor> => {
    const descriptor = { mediaType, digest: digestOf(content), size: content.length };
    if (!(await client.hasBlob(ref, descriptor.digest))) await client.putBlob(ref, descriptor, () => [content]);
    return descriptor;
  };
  const config = await blob(EMPTY, Buffer.from('{}'));
  const layer = { ...(await blob(artifactType, bytes)), annotations: { [TITLE]: name } };
  const text = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config,
    layers: [layer],
    subject,
    annotations,
  };
  const manifest = Buffer.from(JSON.stringify(text));
  const digest = digestOf(manifest);
  if (!(await client.head({ ...ref, digest }))) await client.put(ref, manifest, OCI_MANIFEST);
  return { mediaType: OCI_MANIFEST, digest, size: manifest.length, artifactType, annotations };
}
