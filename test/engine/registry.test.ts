// The registry client against a real registry: what the fake of the unit tests can only claim.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { type Digest, digestOf } from '../../images/digest.ts';
import { type Child, makeIndex, OCI_INDEX, OCI_MANIFEST, REVISION } from '../../images/manifest.ts';
import { parsePlatform } from '../../images/platform.ts';
import { PreflightError, preflight } from '../../images/preflight.ts';
import { RegistryClient } from '../../images/registry.ts';
import { resolveTracked } from '../../images/resolve.ts';
import { verifyIndex } from '../../images/verify.ts';
import { type RegistryProcess, startRegistry } from './registry-process.ts';

const NAME = '10.34.0.202:5000';
const BASE = 'cerebral/ai-base';
const BOTH = ['linux/amd64', 'linux/arm64'];
const USER = { username: 'ali', password: 'open sesame' };
const COMMIT = 'c'.repeat(40);
let open: RegistryProcess;
let closed: RegistryProcess;
let client: RegistryClient;

const clientOf = (registry: RegistryProcess, credentials?: typeof USER) =>
  new RegistryClient({
    endpoints: [{ name: NAME, aliases: [], url: registry.url }],
    credentials: async () => credentials,
  });

before(async () => {
  const authorization = `Basic ${Buffer.from(`${USER.username}:${USER.password}`).toString('base64')}`;
  [open, closed] = await Promise.all([
    startRegistry(),
    startRegistry(`${USER.username}:${hashSync(USER.password, 5)}`, authorization),
  ]);
  client = clientOf(open);
});
after(() => Promise.all([open?.stop(), closed?.stop()]));

const pushImage = async (
  registry: RegistryProcess,
  as: RegistryClient,
  repository: string,
  platform: string,
): Promise<Child> => {
  const [os, architecture] = parsePlatform(platform).split('/') as [string, string];
  const config = Buffer.from(JSON.stringify({ os, architecture, rootfs: { type: 'layers', diff_ids: [] } }));
  const digest = await registry.upload(repository, config);
  const descriptor = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length };
  const body = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: descriptor, layers: [] };
  const bytes = Buffer.from(JSON.stringify(body));
  const pushed = await as.put({ registry: NAME, repository }, bytes, OCI_MANIFEST);
  return { mediaType: OCI_MANIFEST, digest: pushed, size: bytes.length, platform: { os, architecture } };
};

const pushIndex = async (repository: string, tag: string, platforms: string[]): Promise<Digest> => {
  const children = await Promise.all(platforms.map(platform => pushImage(open, client, repository, platform)));
  const { bytes, mediaType } = makeIndex(children, { [REVISION]: COMMIT });
  return client.put({ registry: NAME, repository, tag }, bytes, mediaType);
};

test('an index that was put is read, verified, listed and removed', async () => {
  const repository = 'a/lifecycle';
  const digest = await pushIndex(repository, 'main', BOTH);
  const ref = { registry: NAME, repository, tag: 'main' };
  const found = await client.manifest(ref);
  assert.deepEqual([found?.digest, found?.mediaType, found?.manifest.kind], [digest, OCI_INDEX, 'index']);
  assert.equal(await client.head(ref), digest);
  assert.deepEqual(Object.keys((await verifyIndex(client, ref, BOTH)).platforms), BOTH);
  assert.equal(await client.put({ ...ref, tag: 'again' }, found!.bytes, found!.mediaType), digest);
  assert.deepEqual((await client.tags(NAME, repository)).sort(), ['again', 'main']);
  assert.equal(await client.remove({ ...ref, digest }), true);
  assert.equal(await client.remove({ ...ref, digest }), false);
  assert.equal(await client.manifest(ref), undefined);
  assert.deepEqual(await client.tags(NAME, repository), []);
});

test('what is not there is undefined or empty', async () => {
  const ref = { registry: NAME, repository: 'a/nothing', tag: 'main' };
  assert.equal(await client.manifest(ref), undefined);
  assert.equal(await client.head(ref), undefined);
  assert.deepEqual(await client.tags(NAME, 'a/nothing'), []);
  await assert.rejects(client.blob(ref, digestOf('x')), { status: 404, code: 'BLOB_UNKNOWN' });
});

test('an index whose child the registry does not have is refused by the registry', async () => {
  const child: Child = {
    mediaType: OCI_MANIFEST,
    digest: digestOf('lost'),
    size: 4,
    platform: { os: 'linux', architecture: 'amd64' },
  };
  const { bytes, mediaType } = makeIndex([child]);
  await assert.rejects(client.put({ registry: NAME, repository: 'a/broken', tag: 'main' }, bytes, mediaType), {
    name: 'RegistryError',
    status: 400,
    code: 'MANIFEST_BLOB_UNKNOWN',
  });
});

test('all tags of a repository are listed, over several pages', async () => {
  const { bytes, mediaType } = makeIndex([]);
  const tags = Array.from({ length: 1005 }, (_, i) => `t${String(i).padStart(4, '0')}`);
  for (let i = 0; i < tags.length; i += 50) {
    await Promise.all(
      tags.slice(i, i + 50).map(tag => client.put({ registry: NAME, repository: 'a/many', tag }, bytes, mediaType)),
    );
  }
  assert.deepEqual((await client.tags(NAME, 'a/many')).sort(), tags);
});

test('the registry lets in who has the password, and tells who has not', async () => {
  const mine = clientOf(closed, USER);
  await mine.ping(NAME);
  const { digest } = await pushImage(closed, mine, 'a/b', 'linux/amd64');
  assert.equal(await mine.head({ registry: NAME, repository: 'a/b', digest }), digest);
  for (const credentials of [undefined, { ...USER, password: 'wrong' }]) {
    await assert.rejects(clientOf(closed, credentials).ping(NAME), error => {
      const { message } = error as Error;
      return message.startsWith(`GET ${closed.url}/v2/: UNAUTHORIZED: `) && !message.includes('wrong');
    });
  }
});

test('tracked images resolve to live, built and waiting', async () => {
  const built = await pushIndex('a/service', 'main', BOTH);
  const ask = () =>
    resolveTracked(
      client,
      ['a/service', 'a/other'].map(repository => ({ registry: NAME, repository, built: 'main', live: 'live-dev' })),
    );
  const tag = `cccccccccccc-${built.slice(7, 19)}`;
  assert.deepEqual(await ask(), [{ state: 'built', digest: built, commit: COMMIT, tag }, { state: 'waiting' }]);
  const { bytes, mediaType } = (await client.manifest({ registry: NAME, repository: 'a/service', digest: built }))!;
  await client.put({ registry: NAME, repository: 'a/service', tag: 'live-dev' }, bytes, mediaType);
  assert.equal((await ask())[0]?.state, 'live');
});

test('preflight on a pinned base: there; gone, with one platform under its tag; gone altogether', async () => {
  const digest = await pushIndex(BASE, 'cpu', BOTH);
  const look = () => {
    const reference = { registry: NAME, repository: BASE, tag: 'cpu', digest };
    const base = {
      written: `${BASE}:cuda`,
      context: `${BASE}:cuda`,
      reference,
      ours: true,
      pinned: false,
      line: 1,
      instruction: 'FROM' as const,
    };
    return preflight(client, [base], BOTH, 'pulumi up --stack local');
  };
  const brief = (of: string) => `${of.slice(0, 19)}…`;
  const fails = (what: string) =>
    assert.rejects(look(), error => {
      assert.ok(error instanceof PreflightError);
      const base = `base ${BASE}:cpu (written ${BASE}:cuda, pinned ${brief(digest)})`;
      assert.equal(
        error.message,
        `${base} is not in ${NAME}: ${what}; needed linux/amd64 and linux/arm64. Run: pulumi up --stack local`,
      );
      return true;
    });
  assert.deepEqual([...(await look())], [[`${BASE}:cuda`, `${NAME}/${BASE}:cpu@${digest}`]]);
  await client.remove({ registry: NAME, repository: BASE, digest });
  const now = await pushIndex(BASE, 'cpu', ['linux/arm64']);
  await fails(`tag cpu there is ${brief(now)} with linux/arm64 only`);
  await client.remove({ registry: NAME, repository: BASE, digest: now });
  await fails(`there is no image of ${BASE} at all`);
  assert.equal(await pushIndex(BASE, 'cpu', BOTH), digest, 'the same images are the same index');
  await look();
});
