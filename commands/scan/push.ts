// The scan around a push: before it nothing leaves the machine, after it the report is kept with the digest.
import type { Digest } from '../../images/digest.ts';
import type { Reference } from '../../images/reference.ts';
import type { RegistryClient } from '../../images/registry.ts';
import type { ScanSettings } from '../../settings/scan.ts';
import { attachScan } from './attach.ts';
import { findSyft } from './sbom.ts';
import { assertPassed, type Scan, scanLayout } from './scan.ts';

export interface PushScan {
  /**
   * Before the push of the only image in the layout `folder`; `name` is what messages call it. Throws one message where it
   * is refused or cannot be judged.
   */
  before(folder: string, name: string): Promise<void>;
  /** After the push, once the registry has the image: keeps what `before` has found with it. */
  after(client: RegistryClient, image: Reference & { digest: Digest }): Promise<void>;
}

/** The scan that a stack's settings ask for; syft is looked for once. */
export async function scanOfPushes(settings: ScanSettings): Promise<PushScan> {
  const syft = await findSyft();
  const passed = new Map<Digest, Scan>();
  return {
    before: async (folder, name) => {
      const scan = await scanLayout(syft, folder, settings);
      assertPassed(name, scan.report);
      passed.set(scan.report.digest, scan);
    },
    after: async (client, image) => {
      const scan = passed.get(image.digest);
      if (!scan)
        throw new Error(`${image.repository}@${image.digest} was pushed and never scanned; this is a fault in Slipway`);
      await attachScan(client, image, scan);
    },
  };
}
