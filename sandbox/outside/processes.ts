// What lies outside a cluster as far as a stack is concerned (a registry, a store of objects, databases), as processes on
// the node's address. The manager knows of them from the first start on; they run once a system that needs them was
// started on this sandbox, which a file says.
import { fileURLToPath } from 'node:url';
import { INSIDE } from '../cluster/layout.ts';
import type { InsideProgram, InsideScript } from '../cluster/prepare.ts';
import { NETWORK } from '../config.ts';

/** Names below the folder `outside` of the sandbox's state, which is INSIDE.state.outside as well. */
export const outsideFiles = {
  /** Its content stands for that of all the others: a change starts the processes anew. */
  made: 'made',
  registryProgram: 'bin/registry',
  registryConfig: 'registry.yaml',
  htpasswd: 'htpasswd',
  registryStorage: 'registry',
  storeProgram: 'bin/s3',
  /** A folder for each bucket. */
  objects: 'objects',
  storeKeys: 'store-keys',
} as const;

/** The path inside. */
export const outsideAt = (name: keyof typeof outsideFiles): string => `${INSIDE.state.outside}/${outsideFiles[name]}`;

const { nodeIP, storePort, redisPort, kafkaPort, cockroachPort } = NETWORK;

export function outsideProcesses(): (InsideScript | InsideProgram)[] {
  const after = { file: outsideAt('made') };
  const neighbours = { redis: redisPort, kafka: kafkaPort, cockroach: cockroachPort };
  return [
    { name: 'external', argv: [outsideAt('registryProgram'), 'serve', outsideAt('registryConfig')], after },
    {
      name: 's3',
      argv: [
        outsideAt('storeProgram'),
        ...['-listen', `${nodeIP}:${storePort}`],
        ...['-folder', outsideAt('objects')],
        ...['-keys', outsideAt('storeKeys')],
      ],
      after,
    },
    {
      name: 'neighbours',
      entry: fileURLToPath(new URL('./neighbours.ts', import.meta.url)),
      args: Object.entries(neighbours).map(([name, port]) => `${name}=${nodeIP}:${port}`),
      after,
    },
  ];
}
