// The moments at which a fault does most harm, seen from outside.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../../sandbox/until.ts';
import type { Fixture } from './fixture.ts';
import { deployedImage } from './service.ts';

/** Gives a function that waits until the registry is taking a blob; what an earlier fault has left half-way does not count. */
export function uploading({ config }: Fixture): () => Promise<unknown> {
  const uploads = join(config.home, 'state/volumes/*/docker/registry/v2/repositories/*/*/_uploads/*');
  const before = new Set(globSync(uploads));
  return () =>
    until('a push to the registry', async () => globSync(uploads).some(path => !before.has(path)) || undefined, {
      limit: 180_000,
      every: 5,
    });
}

/** Gives a function that waits until the sample's Deployment has another image than now. */
export async function rolling(fixture: Fixture): Promise<() => Promise<unknown>> {
  const before = await deployedImage(fixture);
  return () =>
    until('a rollout', async () => (await deployedImage(fixture)) !== before || undefined, {
      limit: 120_000,
      every: 50,
    });
}
