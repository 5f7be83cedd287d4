// The scan around a push: before it nothing leaves the machine, after it the report is kept with the digest.
import type { Digest } from '../../images/digest.ts';
import type { Reference } from '../../images/reference.ts';
import type { RegistryClient } from '../../images/registry.ts';
import type { ScanSettings } from '../../settings/scan.ts';
import { attachScan } from './attach.ts';
import { catalogueLayout } from './catalogue.ts';
import { findSyft } from './sbom.ts';
import { assertPassed, type Scan, scanImage } from './scan.ts';

export interface PushScan {
  /**
   * Before the push of the only image in the layout `folder`; `name` is what messages call it. Throws one message where it
   * is refused or cannot be judged.
   */
  before(folder: string, name: string): Promise<void>;
  /** After the push, once the registry has the image: keeps what `before` has found with it. */
  after(client: RegistryClient, image: Reference & { digest: Digest }): Promise<void>;
}

/** Scans that an image must pass all of; syft is looked for once. */
export async function scanOfPushes(asked: readonly ScanSettings[]): Promise<PushScan> {
  const syft = await findSyft();
  const passed = new Map<Digest, Scan[]>();
  return {
    before: async (folder, name) => {
      const image = await catalogueLayout(syft, folder);
      const scans: Scan[] = [];
      for (const settings of asked) {
        const scan = await scanImage(image, settings);
        assertPassed(name, scan.report);
        scans.push(scan);
      }
      passed.set(image.digest, scans);
    },
    after: async (client, image) => {
      const scans = passed.get(image.digest);
      if (!scans)
        throw new Error(`${image.repository}@${image.digest} was pushed and never scanned; this is a fault in Slipway`);
      for (const scan of scans) await attachScan(client, image, scan);
    },
  };
}
