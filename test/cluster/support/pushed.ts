// An image that a person pushes from outside of the cluster: by a builder of the machine, over TLS and with a password.
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../sandbox/tools/run.ts';
import type { Fixture } from './fixture.ts';
import { registry } from './registry.ts';

const repository = 'slipway/pushed';

export interface Pushed {
  repository: string;
  tag: string;
  digest: string;
}

/** Pushes an index of both platforms with node in it that nobody has seen before, gives it to `act`, and deletes it. */
export async function withPushed<T>(f: Fixture, act: (pushed: Pushed) => Promise<T>): Promise<T> {
  const { home, ports } = f.config;
  const context = join(home, 'scratch', 'pushed');
  const metadata = join(home, 'scratch', 'pushed.json');
  const tag = randomUUID();
  await mkdir(context, { recursive: true });
  await writeFile(join(context, 'mark'), tag);
  const host = `127.0.0.1:${ports.registry}`;
  await writeFile(join(context, 'Dockerfile'), `FROM ${host}/slipway/step:main\nCOPY mark /mark\n`);
  await run(
    (await f.tools()).path('buildctl'),
    [
      ...['--addr', `unix://${join(home, 'run', 'builder', 'b.sock')}`, 'build', '--frontend', 'dockerfile.v0'],
      ...['--local', `context=${context}`, '--local', `dockerfile=${context}`],
      ...['--opt', 'platform=linux/amd64,linux/arm64'],
      ...['--output', `type=image,name=${host}/${repository}:${tag},push=true,oci-mediatypes=true`],
      ...['--metadata-file', metadata],
    ],
    { env: { ...process.env, DOCKER_CONFIG: join(home, 'docker') } },
  );
  const digest = JSON.parse(await readFile(metadata, 'utf8'))['containerimage.digest'] as string;
  try {
    return await act({ repository, tag, digest });
  } finally {
    await registry(f, 'DELETE', `/v2/${repository}/manifests/${digest}`);
  }
}
