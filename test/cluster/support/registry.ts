// The registry as a program outside the cluster meets it, and its images as a builder runs them.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { run } from '../../../sandbox/tools/run.ts';
import type { Fixture } from './fixture.ts';

const indexType = 'application/vnd.oci.image.index.v1+json';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** One call to the registry's outside face: TLS by the sandbox's CA, credentials from the sandbox's docker config. */
export async function registry(
  fixture: Fixture,
  method: string,
  path: string,
  body?: string,
  type?: string,
): Promise<Answer> {
  const { home, ports } = fixture.config;
  const ca = await readFile(join(home, 'pki', 'ca.crt'));
  const docker = JSON.parse(await readFile(join(home, 'docker', 'config.json'), 'utf8'));
  const auth = docker.auths[`127.0.0.1:${ports.registry}`].auth;
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: ports.registry,
        method,
        path,
        ca,
        headers: {
          authorization: `Basic ${auth}`,
          accept: `${indexType}, ${manifestType}`,
          ...(body === undefined
            ? {}
            : { 'content-type': type ?? indexType, 'content-length': Buffer.byteLength(body) }),
        },
      },
      response => {
        let text = '';
        response.setEncoding('utf8').on('data', chunk => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

/** An index's digest and its platforms with their digests. */
export async function readIndex(fixture: Fixture, repository: string, reference: string) {
  const answer = await registry(fixture, 'GET', `/v2/${repository}/manifests/${reference}`);
  assert.equal(answer.status, 200, `${repository}@${reference}: ${answer.body}`);
  assert.equal(answer.headers['content-type'], indexType);
  const index = JSON.parse(answer.body) as {
    manifests: { digest: string; platform: { os: string; architecture: string } }[];
  };
  return {
    digest: String(answer.headers['docker-content-digest']),
    platforms: Object.fromEntries(index.manifests.map(m => [`${m.platform.os}/${m.platform.architecture}`, m.digest])),
    body: answer.body,
  };
}

/** Runs a command in an image by digest, on a platform (emulated where foreign), and gives what it printed. */
export async function runOn(
  fixture: Fixture,
  repository: string,
  digest: string,
  platform: string,
  command: string[],
): Promise<string> {
  const { home, ports } = fixture.config;
  const context = join(home, 'scratch', `run-${platform.replace('/', '-')}`);
  const out = join(context, 'out');
  await mkdir(out, { recursive: true });
  const quoted = command.map(word => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const dockerfile = [
    `FROM 127.0.0.1:${ports.registry}/${repository}@${digest} AS image`,
    `RUN ${quoted} > /tmp/printed`,
    'FROM scratch',
    'COPY --from=image /tmp/printed /printed',
  ];
  await writeFile(join(context, 'Dockerfile'), dockerfile.join('\n'));
  const buildctl = (await fixture.tools()).path('buildctl');
  const args = [
    '--addr',
    `unix://${join(home, 'run', 'builder', 'b.sock')}`,
    'build',
    '--frontend',
    'dockerfile.v0',
    '--no-cache',
  ];
  const inputs = ['--local', `context=${context}`, '--local', `dockerfile=${context}`, '--opt', `platform=${platform}`];
  await run(buildctl, [...args, ...inputs, '--output', `type=local,dest=${out}`], {
    env: { ...process.env, DOCKER_CONFIG: join(home, 'docker') },
  });
  return (await readFile(join(out, 'printed'), 'utf8')).trim();
}
