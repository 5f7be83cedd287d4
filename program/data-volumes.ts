// Where the data of services comes from, as the stack says it.
import * as pulumi from '@pulumi/pulumi';
import type { ObjectsSource } from '../components/objects-volume.ts';
import { bucketKeysSecret } from '../settings/objects.ts';
import type { Settings } from '../settings/settings.ts';

/** The source of the volume that the catalogue calls `name`; the settings' checks have seen to it that there is one. */
export function sourceOf({ volumes, volumeKeys }: Settings, name: string): ObjectsSource {
  const { claim, csi, s3 } = volumes[name]!;
  if (claim !== undefined) return { claim };
  if (csi) return { csi };
  const { objects, size, ...bucket } = s3!;
  return {
    s3: {
      ...bucket,
      checksums: Object.entries(objects)
        .map(([path, sha256]) => `${sha256}  ${path}\n`)
        .join(''),
      sizeLimit: size,
      ...(volumeKeys[name] && { keys: { secret: bucketKeysSecret(name) } }),
    },
  };
}

/** Whether the stack copies data itself, and so needs the step image. */
export function copiesData({ volumes, services }: Settings): boolean {
  const read = services.flatMap(({ data = {} }) => Object.keys(data));
  return read.some(name => volumes[name]?.s3 !== undefined);
}

/** The keys to the buckets, as Secrets by name and key. */
export function bucketKeys({ volumeKeys }: Settings): Record<string, Record<string, pulumi.Output<string>>> {
  return Object.fromEntries(
    Object.entries(volumeKeys).map(([name, { accessKey, secretKey }]) => [
      bucketKeysSecret(name),
      { 'access-key': pulumi.secret(accessKey), 'secret-key': pulumi.secret(secretKey) },
    ]),
  );
}
