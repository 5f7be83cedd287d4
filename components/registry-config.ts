// Configuration of the two faces of the registry: one set of images, open or by password inside, TLS and passwords outside.
import { stringify } from 'yaml';

/** A bucket of S3, or of what speaks its API. The keys to it are not among its configuration. */
export interface Bucket {
  bucket: string;
  /** Name of the region; for another service than Amazon's the one that it takes, often `us-east-1`. */
  region: string;
  /** URL of another service than Amazon's; the bucket is then a part of the path. */
  endpoint?: string;
  /** Path in the bucket, without `/` at its ends. */
  prefix?: string;
}

/** Whether the face inside asks for the password that the one outside asks for. */
export type InsideAuth = 'open' | 'password';

/** The files that `registry serve` takes, as YAML. Without a bucket the images are in the folder /var/lib/registry. */
export function registryConfigs(
  bucket: Bucket | undefined,
  insideAuth: InsideAuth,
): Record<'inside' | 'outside', string> {
  const common = {
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: true } },
    storage: {
      ...(bucket ? bucketStorage(bucket) : { filesystem: { rootdirectory: '/var/lib/registry' } }),
      delete: { enabled: true },
      // What pushes that were cut off have left takes room; no push takes a day.
      maintenance: { uploadpurging: { enabled: true, age: '24h', interval: '1h', dryrun: false } },
      // No cache of blob descriptors: two processes share the storage, and a cache would not see the other's deletions.
    },
    health: { storagedriver: { enabled: true, ...(bucket ? bucketCheck : { interval: '10s', threshold: 3 }) } },
  };
  // What a client must not be sent to another host for: redirects and upload locations stay relative.
  const relativeurls = true;
  const auth = { htpasswd: { realm: 'registry', path: '/secret/htpasswd' } };
  return {
    inside: stringify({ ...common, ...(insideAuth === 'password' && { auth }), http: { addr: ':5000', relativeurls } }),
    outside: stringify({
      ...common,
      auth,
      http: { addr: ':5443', relativeurls, tls: { certificate: '/secret/tls.crt', key: '/secret/tls.key' } },
    }),
  };
}

// The registry says that it is well until its first checks have failed: a bucket with wrong keys is known after two.
const bucketCheck = { interval: '5s', threshold: 2 };
/** Seconds until the registry knows whether it can use its bucket. */
export const bucketKnownAfter = 12;

function bucketStorage({ bucket, region, endpoint, prefix }: Bucket): object {
  return {
    s3: {
      bucket,
      region,
      ...(endpoint !== undefined && { regionendpoint: endpoint, forcepathstyle: true }),
      ...(prefix !== undefined && { rootdirectory: `/${prefix}` }),
    },
    // Layers come through the registry: whoever reaches it under one of its names need not reach the bucket.
    redirect: { disable: true },
  };
}
