// Which scan images get before a push: that of the stack whose registry it goes to.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ScanSettings } from '../../settings/scan.ts';
import { checkout, settingsOf, stackNames } from '../stack-file.ts';
import type { ImagesRequest } from './request.ts';

/**
 * The settings of the scan; undefined for a registry of one's own, and where a person says so (`unscanned`). Throws one
 * line where others pull from the registry and no stack says how images are scanned for it, or its database is not there.
 */
export async function scanFor(
  { system, registry, shared }: Pick<ImagesRequest, 'system' | 'registry' | 'shared'>,
  unscanned: boolean,
  folder = checkout,
): Promise<ScanSettings | undefined> {
  if (!shared || unscanned) return undefined;
  const stacks = await Promise.all(stackNames(folder).map(name => settingsOf(name, folder)));
  const own = stacks.filter(
    stack => stack.system.name === system && [stack.registry.name, ...stack.registry.aliases].includes(registry),
  );
  const asks = own.find(stack => stack.scan);
  if (asks?.scan) {
    // Told before the builds, which take minutes.
    if (existsSync(resolve(checkout, asks.scan.database))) return asks.scan;
    throw new Error(
      `Pulumi.${asks.stack}.yaml: slipway:scan.database: there is no ${asks.scan.database}; docs/scanning.md says where databases of known vulnerabilities are, or push by --unscanned`,
    );
  }
  const where = own.length > 0 ? `Pulumi.${own[0]!.stack}.yaml` : `the stack file whose registry it is`;
  throw new Error(
    `registry ${registry} is shared, and no stack of ${system} says how images are scanned for it: set slipway:scan.database in ${where}, or push by --unscanned`,
  );
}
