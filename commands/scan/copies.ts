// The scan around a copy from registry to registry: what a scan has left with the digest before is judged anew, by the target's
// settings and today's database; only what has nothing is read as a whole.
import type { Digest } from '../../images/digest.ts';
import type { Reference } from '../../images/reference.ts';
import type { RegistryClient } from '../../images/registry.ts';
import type { ScanSettings } from '../../settings/scan.ts';
import { allOrFaults } from '../whole.ts';
import { attachScan } from './attach.ts';
import { type Catalogued, catalogueReference, keptCatalogue } from './catalogue.ts';
import { findSyft, type Syft } from './sbom.ts';
import { assertPassed, judgeImage, knownOf, type Scan } from './scan.ts';

/** An image in a registry, there or to be there. */
export interface Place {
  client: RegistryClient;
  ref: Reference & { digest: Digest };
}

export interface CopiedImage {
  /** What messages call it. */
  name: string;
  from: Place;
  to: Place;
}

export interface CopyScan {
  /** Before anything is copied. Throws one error with all that is refused or cannot be judged. */
  before(images: readonly CopiedImage[]): Promise<void>;
  /** Once the registry has an image: keeps what `before` has found with it. What was not scanned has nothing to keep. */
  after(image: Place): Promise<void>;
}

/** Scans that each image must pass all of. `say`: told which way each is looked at. */
export function scanOfCopies(
  asked: readonly ScanSettings[],
  say: (line: string) => void,
  find: () => Promise<Syft> = findSyft,
): CopyScan {
  const passed = new Map<Digest, Scan[]>();
  return {
    before: async images => {
      if (images.length === 0) return;
      const catalogued: Catalogued[] = [];
      for (const image of images) catalogued.push(await catalogueOf(image, find, say));
      for (const settings of asked) {
        const known = await knownOf(catalogued, settings);
        await allOrFaults(images, async ({ name }, i) => {
          const scan = judge(name, catalogued[i]!, known, settings);
          passed.set(scan.report.digest, [...(passed.get(scan.report.digest) ?? []), scan]);
        });
      }
    },
    after: async ({ client, ref }) => {
      for (const scan of passed.get(ref.digest) ?? []) await attachScan(client, ref, scan);
    },
  };
}

async function catalogueOf(
  { name, from, to }: CopiedImage,
  find: () => Promise<Syft>,
  say: (line: string) => void,
): Promise<Catalogued> {
  const kept = (await keptCatalogue(from.client, from.ref)) ?? (await keptCatalogue(to.client, to.ref));
  say(`${name}: scanned by ${kept ? 'the bills of materials kept with it' : 'its layers'}`);
  return kept ?? catalogueReference(await find(), from.client, from.ref);
}

function judge(name: string, ...args: Parameters<typeof judgeImage>): Scan {
  let scan: Scan;
  try {
    scan = judgeImage(...args);
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`);
  }
  assertPassed(name, scan.report);
  return scan;
}
