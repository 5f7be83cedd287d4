// Whether a push of ours would pass, told by the beginning of one: a little is sent to each repository and taken back.
import { DISK_FULL, READ_ONLY, RegistryError, UnreachableError } from '../../images/registry-errors.ts';
import { type Context, NotAsked } from '../context.ts';
import { repositoriesOf } from './catalogue.ts';
import { type Check, type Finding, fault, ok } from './finding.ts';

export const pushCheck: Check = { group: 'registry', name: 'push', ask: push };

async function push(context: Context): Promise<Finding> {
  const { registry } = context.settings;
  const client = await context.outside();
  const repositories = repositoriesOf(context.settings);
  // One after the other: a registry counts uploads, and one that refuses the first refuses all.
  for (const repository of repositories) {
    try {
      await client.tryWrite(registry.name, repository);
    } catch (error) {
      if (error instanceof UnreachableError) throw new NotAsked(`${error.message} (doctor: registry outside)`);
      if (!(error instanceof RegistryError)) throw error;
      return refused(context, repository, error);
    }
  }
  return ok(`it takes pushes to ${repositories.length} repositories; nothing was left there`);
}

function refused({ settings }: Context, repository: string, error: RegistryError): Finding {
  const { stack, registry } = settings;
  const { host } = new URL(registry.endpoint);
  const seen = `${registry.name} refuses a push to ${repository}: ${error.message}`;
  if (error.code === DISK_FULL) {
    const size = `pulumi config set --stack ${stack} --path slipway:registry.storage.size <a larger one>`;
    return fault(seen, registry.storage?.size === undefined ? 'have its owner give it a larger disk' : size);
  }
  if (error.code === READ_ONLY) return fault(seen, `slipway prune ${stack} --delete --collect`);
  if (error.status === 404) {
    return fault(
      seen,
      `have its owner make the repository, or correct slipway:registry.name and .prefix in Pulumi.${stack}.yaml: region and namespace are in them`,
    );
  }
  return fault(seen, `docker login ${host} as somebody who may push there, or have its owner allow it`);
}
