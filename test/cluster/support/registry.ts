// The registries as a program outside the cluster meets them, and the images as a builder runs them.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { run } from '../../../sandbox/tools/run.ts';
import { until } from '../../../sandbox/until.ts';
import type { Fixture } from './fixture.ts';

const indexType = 'application/vnd.oci.image.index.v1+json';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** One of the registries that have a port on the machine: the stack `local`'s, or another system's. */
export type Asked = 'registry' | 'staging' | 'external' | 'aiStack';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface Options {
  body?: string;
  /** `registry` unless said otherwise. */
  at?: Asked;
  /** Milliseconds without a byte after which the call fails; 10,000. */
  patience?: number;
}

/** One call to a registry's outside face: TLS by the sandbox's CA, credentials from the sandbox's docker config. */
export async function registry(fixture: Fixture, method: string, path: string, options: Options = {}): Promise<Answer> {
  const { bytes, ...answer } = await ask(fixture, method, path, options);
  return { ...answer, body: bytes.toString('utf8') };
}

/** Resolves when the registry answers, as it does a moment after its pod was replaced: the node's proxy has to learn of it. */
export async function registryAnswers(fixture: Fixture): Promise<void> {
  const ask = async () => {
    const { status } = await registry(fixture, 'GET', '/v2/');
    return status === 200 || `it answers ${status}`;
  };
  await until('the registry', ask, { limit: 30_000, hint: 'see npm run kubectl -- get pods --namespace registry' });
}

/** A part of an index; a layer's bytes are the tar archive that it is, `packed` is its size in the registry. */
export type Part = { what: string; bytes: Buffer } & (
  | { kind: 'index' }
  | { kind: 'manifest' | 'config'; platform: string }
  | { kind: 'layer'; platform: string; packed: number }
);

/**
 * Every byte of an index that a reader of the registry could see: the index, and of each platform the manifest, the
 * configuration with its history, and each layer.
 */
export async function* partsOf(
  fixture: Fixture,
  repository: string,
  reference: string,
  at: Asked = 'registry',
): AsyncGenerator<Part> {
  const index = await readIndex(fixture, repository, reference, at);
  yield { kind: 'index', what: 'index', bytes: Buffer.from(index.body) };
  for (const [platform, digest] of Object.entries(index.platforms)) {
    const manifest = (await ask(fixture, 'GET', `/v2/${repository}/manifests/${digest}`, { at })).bytes;
    yield { kind: 'manifest', what: `${platform} manifest`, platform, bytes: manifest };
    const { config, layers } = JSON.parse(manifest.toString('utf8')) as Record<string, unknown> & {
      config: { digest: string };
      layers: { digest: string; mediaType: string }[];
    };
    const blob = async (digest: string) => {
      const { status, bytes } = await ask(fixture, 'GET', `/v2/${repository}/blobs/${digest}`, { at });
      assert.equal(status, 200, digest);
      return { what: `${platform} ${digest}`, platform, bytes };
    };
    yield { kind: 'config', ...(await blob(config.digest)) };
    for (const { digest, mediaType } of layers) {
      const layer = await blob(digest);
      const isPacked = mediaType.endsWith('gzip');
      assert.ok(isPacked || mediaType.endsWith('tar'), `a layer of the type ${mediaType}`);
      const bytes = isPacked ? gunzipSync(layer.bytes) : layer.bytes;
      yield { kind: 'layer', ...layer, packed: layer.bytes.length, bytes };
    }
  }
}

/** The status of a GET as whoever `authorization` names; undefined: as nobody. */
export async function statusAs(fixture: Fixture, authorization: string | undefined, path: string): Promise<number> {
  return (await askAs(fixture, authorization, 'GET', path)).status;
}

async function ask(fixture: Fixture, method: string, path: string, options: Options) {
  const { home, ports } = fixture.config;
  const docker = JSON.parse(await readFile(join(home, 'docker', 'config.json'), 'utf8'));
  const { auth } = docker.auths[`127.0.0.1:${ports[options.at ?? 'registry']}`];
  return askAs(fixture, `Basic ${auth}`, method, path, options);
}

async function askAs(
  fixture: Fixture,
  authorization: string | undefined,
  method: string,
  path: string,
  { body, at = 'registry', patience = 10_000 }: Options = {},
) {
  const { home, ports } = fixture.config;
  const ca = await readFile(join(home, 'pki', 'ca.crt'));
  type Raw = Omit<Answer, 'body'> & { bytes: Buffer };
  return new Promise<Raw>((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: ports[at],
        method,
        path,
        ca,
        // A connection of its own: one that was kept may lead to a pod that is gone.
        agent: false,
        timeout: patience,
        headers: {
          ...(authorization && { authorization }),
          accept: `${indexType}, ${manifestType}`,
          ...(body === undefined ? {} : { 'content-type': indexType, 'content-length': Buffer.byteLength(body) }),
        },
      },
      response => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) }),
        );
      },
    );
    // Of a pod that goes, not every connection is ended.
    call.on('timeout', () => call.destroy(new Error(`${method} ${path}: no answer within ${patience / 1000} s`)));
    call.on('error', reject);
    call.end(body);
  });
}

/** An index's digest and its platforms with their digests. */
export async function readIndex(fixture: Fixture, repository: string, reference: string, at: Asked = 'registry') {
  const answer = await registry(fixture, 'GET', `/v2/${repository}/manifests/${reference}`, { at });
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
