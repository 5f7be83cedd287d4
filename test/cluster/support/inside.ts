// The registry as a pod of the cluster meets it, under each of its names there.
import type { Fixture } from './fixture.ts';
import { outputOf } from './pod.ts';
import type { Pushed } from './pushed.ts';

export const registryName = '10.34.0.202:5000';
export const insideNames = [registryName, 'internal-registry.registry.svc.cluster.local:5000'];

/** What one name answers: to a question for the tag, and to the beginning of an upload. */
export interface Seen {
  status: number;
  /** Of the bytes that came, and as the registry tells it. */
  digest: string;
  told: string | null;
  upload: { status: number; location: string | null };
}

// Runs in the pod.
const look = `
const { createHash } = require('node:crypto');
const [names, repository, tag] = JSON.parse(process.argv[1]);
const accept = 'application/vnd.oci.image.index.v1+json';
(async () => {
  const seen = {};
  for (const name of names) {
    const url = 'http://' + name + '/v2/' + repository;
    const manifest = await fetch(url + '/manifests/' + tag, { headers: { accept } });
    const bytes = Buffer.from(await manifest.arrayBuffer());
    const begun = await fetch(url + '/blobs/uploads/', { method: 'POST' });
    const location = begun.headers.get('location');
    if (location) await fetch(new URL(location, url), { method: 'DELETE' });
    seen[name] = {
      status: manifest.status,
      digest: 'sha256:' + createHash('sha256').update(bytes).digest('hex'),
      told: manifest.headers.get('docker-content-digest'),
      upload: { status: begun.status, location },
    };
  }
  console.log(JSON.stringify(seen));
})();
`;

/** Asks without a password from a pod of the pipeline's namespace, whose image is the pushed one: its node has pulled it. */
export async function seenInside(f: Fixture, { repository, tag, digest }: Pushed): Promise<Record<string, Seen>> {
  const text = await outputOf(f, {
    name: 'look',
    namespace: 'tekton-pipelines',
    image: `${registryName}/${repository}:${tag}@${digest}`,
    command: ['node', '-e', look, JSON.stringify([insideNames, repository, tag])],
  });
  return JSON.parse(text);
}
