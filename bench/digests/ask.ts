// Asks a registry for images as the program does, in a process of its own: nothing of it is loaded or connected before.
// The question comes as JSON by standard input; the seconds go to standard output.
import { performance } from 'node:perf_hooks';
import { text } from 'node:stream/consumers';
import { credentialsFor } from '../../images/credentials.ts';
import { UNKNOWN } from '../../images/lock.ts';
import { OCI_INDEX } from '../../images/manifest.ts';
import { RegistryClient } from '../../images/registry.ts';
import { resolveTracked } from '../../images/resolve.ts';
import { liveTag } from '../../images/tags.ts';
import { lockedServices } from '../../settings/locked.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Pushed } from '../support/images.ts';

/** As a stack that tracks its images asks, for what its tags name; as one that locks them, for what its lock names. */
export type How = 'track' | 'lock';

export interface Question {
  how: How;
  /** Where the registry is. */
  url: string;
  stack: string;
  images: readonly Pushed[];
}

const { how, url, stack, images } = JSON.parse(await text(process.stdin)) as Question;
const registry = '10.34.0.202:5000';
const began = performance.now();
const client = new RegistryClient({
  endpoints: [{ name: registry, aliases: [], url }],
  credentials: credentialsFor,
});
const digests = await { track, lock }[how]();
const seconds = (performance.now() - began) / 1000;
for (const [i, { repository, digest }] of images.entries()) {
  if (digests[i] !== digest) throw new Error(`${repository}: ${digests[i]} came in place of ${digest}`);
}
console.log(seconds);

async function track() {
  const tracked = images.map(({ repository }) => ({ registry, repository, built: 'main', live: liveTag(stack) }));
  return (await resolveTracked(client, tracked)).map(({ digest }) => digest);
}

async function lock() {
  const entry = { mediaType: OCI_INDEX, platforms: {}, commit: UNKNOWN, pinnedAt: UNKNOWN, pinnedBy: UNKNOWN };
  // What the program reads of its settings to this end.
  const settings: unknown = {
    stack,
    lock: 'lock.yaml',
    registry: { name: registry, endpoint: url },
    services: images.map(({ repository }) => ({ name: repository, image: repository })),
  };
  const { services } = await lockedServices(settings as Settings, {
    client,
    lock: {
      version: 1,
      images: Object.fromEntries(images.map(({ repository, digest }) => [repository, { ...entry, digest }])),
      upstream: {},
    },
    registryDeclared: true,
    workloads: true,
    running: new Map(),
    rolledOut: new Map(),
    preview: false,
    patience: { tries: 0, milliseconds: 0, say: () => {} },
  });
  return images.map(({ repository }) => services.get(repository)?.digest);
}
