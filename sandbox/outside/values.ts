// What the committed stack file of CyberMesh says of a development environment's neighbours, as it is on this sandbox:
// their addresses, and where models and datasets come from.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths, NETWORK, type SandboxConfig } from '../config.ts';
import { listName } from './objects.ts';
import { outsideFiles } from './processes.ts';

const { nodeIP, storePort, redisPort, kafkaPort, cockroachPort } = NETWORK;

const port = (number: number) => ({ addresses: [`${nodeIP}/32`], ports: [number] });
const kafka = { KAFKA_BOOTSTRAP_SERVERS: `${nodeIP}:${kafkaPort}` };

/** Plain values by key of the stack file. `buckets`: by volume. What makeOutside writes must be there. */
export function outsideValues(
  config: SandboxConfig,
  buckets: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return {
    'slipway:overrides': {
      backend: { env: { DATABASE_HOST: nodeIP, DATABASE_PORT: String(cockroachPort), ...kafka } },
      'ai-service': { env: { REDIS_HOST: nodeIP, REDIS_PORT: String(redisPort), ...kafka } },
    },
    'slipway:network': {
      database: port(cockroachPort),
      kafka: port(kafkaPort),
      redis: port(redisPort),
      objects: port(storePort),
    },
    'slipway:volumes': Object.fromEntries(
      Object.entries(buckets).map(([volume, bucket]) => [
        volume,
        { claim: null, csi: null, s3: bucketOf(config, bucket) },
      ]),
    ),
  };
}

function bucketOf(config: SandboxConfig, bucket: string) {
  const list = join(homePaths(config).state, 'outside', outsideFiles.objects, bucket, listName);
  const lines = readFileSync(list, 'utf8').trim().split('\n');
  return {
    bucket,
    region: 'us-east-1',
    endpoint: `http://${nodeIP}:${storePort}`,
    prefix: null,
    objects: Object.fromEntries(lines.map(line => line.split('  ').reverse())),
    size: '64Mi',
  };
}
