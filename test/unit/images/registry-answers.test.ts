// What a registry may answer that is no answer, and the line that says so. After it nothing more is asked, and nothing is
// written.
import assert from 'node:assert/strict';
import type http from 'node:http';
import { test } from 'node:test';
import { digestOf } from '../../../images/digest.ts';
import { inspectImage } from '../../../images/inspect.ts';
import { ACCEPTED, OCI_INDEX, OCI_MANIFEST } from '../../../images/manifest.ts';
import { RegistryClient } from '../../../images/registry.ts';
import { FakeRegistry, REGISTRY } from './fake-registry.ts';

const REF = { registry: REGISTRY, repository: 'a/b', tag: 'main' };
const DIGEST = digestOf('something');
const NAME = `${REGISTRY}/a/b:main`;
const bytes = Buffer.from('{}');
const child = { mediaType: OCI_MANIFEST, digest: DIGEST, size: 1, platform: { os: 'linux', architecture: 'amd64' } };

interface Given {
  status?: number;
  headers?: http.OutgoingHttpHeaders;
  /** Anything but a text is sent as JSON. */
  body?: unknown;
}
type Ask = (client: RegistryClient) => Promise<unknown>;

const manifest: Ask = client => client.manifest(REF);
const tags: Ask = client => client.tags(REGISTRY, 'a/b');
const attached: Ask = client => client.referrers({ ...REF, digest: DIGEST });
const put: Ask = client => client.put(REF, bytes, OCI_INDEX);
const upload: Ask = client => client.putBlob(REF, { digest: digestOf(bytes), size: 2 }, () => [bytes]);
const challenge = (text: string): Given => ({ status: 401, headers: { 'www-authenticate': text } });

/** What is asked, what comes, and the line that it makes; `URL` stands for the registry's address. */
const cases: [what: string, ask: Ask, answer: Given, message: string][] = [
  ['nothing', manifest, {}, `${NAME}: image manifest: its 0 bytes are not JSON`],
  [
    'a page for people',
    manifest,
    { headers: { 'content-type': 'text/html' }, body: '<html>welcome</html>' },
    `${NAME}: image manifest: its 20 bytes are not JSON`,
  ],
  ['a list', manifest, { body: [] }, `${NAME}: image manifest: the manifest is not an object`],
  ['null', manifest, { body: null }, `${NAME}: image manifest: the manifest is not an object`],
  [
    'a manifest of the first kind',
    manifest,
    { body: { schemaVersion: 1, fsLayers: [] } },
    `${NAME}: image manifest: schemaVersion 1 is not supported; expected 2: push the image again with a current client`,
  ],
  [
    'another kind of document',
    manifest,
    { body: { schemaVersion: 2, mediaType: 'application/vnd.example.chart+json' } },
    `${NAME}: image manifest: media type application/vnd.example.chart+json is not supported; expected one of ${ACCEPTED.join(', ')}`,
  ],
  [
    'an index that is called an image',
    manifest,
    { headers: { 'content-type': OCI_MANIFEST }, body: { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] } },
    `${NAME}: image manifest: the registry calls it ${OCI_MANIFEST}, its own mediaType is ${OCI_INDEX}`,
  ],
  [
    'an index whose entries are none',
    manifest,
    { body: { schemaVersion: 2, manifests: [null] } },
    `${NAME}: image manifest: manifests[0] is not an object`,
  ],
  [
    'an entry with half a digest',
    manifest,
    { body: { schemaVersion: 2, manifests: [{ ...child, digest: 'sha256:12' }] } },
    `${NAME}: image manifest: manifests[0].digest is "sha256:12", not a sha256 digest`,
  ],
  [
    'a size that is a text',
    manifest,
    { body: { schemaVersion: 2, manifests: [{ ...child, size: '1' }] } },
    `${NAME}: image manifest: manifests[0].size is "1", not a number of bytes`,
  ],
  [
    'a platform that is a text',
    manifest,
    { body: { schemaVersion: 2, manifests: [{ ...child, platform: 'linux/amd64' }] } },
    `${NAME}: image manifest: manifests[0].platform is not an object`,
  ],
  [
    'a part of the bytes',
    manifest,
    { status: 206, body: { schemaVersion: 2 } },
    'GET URL/v2/a/b/manifests/main: HTTP_206: status 206',
  ],
  [
    'a way round in a circle',
    manifest,
    { status: 302, headers: { location: '/v2/a/b/manifests/main' } },
    `registry ${REGISTRY} can't be reached at URL: redirect count exceeded`,
  ],
  [
    'bytes that are packed otherwise than it says',
    manifest,
    { headers: { 'content-encoding': 'gzip' }, body: 'not packed' },
    `registry ${REGISTRY} can't be reached at URL: its answer can't be unpacked`,
  ],
  ['an error without words', manifest, { status: 403 }, 'GET URL/v2/a/b/manifests/main: HTTP_403: status 403'],
  [
    'an error that is none',
    manifest,
    { status: 400, body: { errors: [null] } },
    'GET URL/v2/a/b/manifests/main: HTTP_400: status 400',
  ],
  [
    'too many requests',
    manifest,
    { status: 429, body: { errors: [{ code: 'TOOMANYREQUESTS', message: 'slow down' }] } },
    'GET URL/v2/a/b/manifests/main: TOOMANYREQUESTS: slow down',
  ],
  [
    'the trace of its own stack',
    manifest,
    { status: 500, body: { errors: [{ code: 'UNKNOWN', message: 'boom\n\tat Registry.get\n\tat Server.run' }] } },
    'GET URL/v2/a/b/manifests/main: UNKNOWN: boom at Registry.get at Server.run',
  ],
  [
    'an error of many words',
    manifest,
    { status: 403, body: { errors: [{ code: 'DENIED', message: 'no '.repeat(1000) }] } },
    `GET URL/v2/a/b/manifests/main: DENIED: ${'no '.repeat(100)}`,
  ],
  [
    'a way to sign in that nobody knows',
    manifest,
    challenge('Negotiate'),
    'GET URL/v2/a/b/manifests/main: HTTP_401: status 401',
  ],
  [
    'a token server without an address',
    manifest,
    challenge('Bearer realm="http://[",service="x"'),
    'registry URL sends its users to "http://[", which is no address',
  ],
  [
    'a token server that is a file',
    manifest,
    challenge('Bearer realm="file:///etc/passwd"'),
    'registry URL sends its users to "file:///etc/passwd", which is no address',
  ],
  ['tags as a page', tags, { body: '<html>' }, 'GET URL/v2/a/b/tags/list: BAD_ANSWER: the list of tags cannot be read'],
  [
    'tags that are numbers',
    tags,
    { body: { tags: [1, 2] } },
    'GET URL/v2/a/b/tags/list: BAD_ANSWER: the list of tags cannot be read',
  ],
  [
    'tags that go on elsewhere',
    tags,
    { headers: { link: '<http://elsewhere.invalid/v2/c/tags/list>; rel="next"' }, body: { tags: [] } },
    'GET URL/v2/a/b/tags/list: BAD_ANSWER: it leads on to http://elsewhere.invalid/v2/c/tags/list, outside of /v2/a/b/',
  ],
  [
    'tags that go on nowhere',
    tags,
    { headers: { link: '<http://[>; rel="next"' }, body: { tags: [] } },
    'GET URL/v2/a/b/tags/list: BAD_ANSWER: it leads on to "http://[", which is no address',
  ],
  [
    'an image in the place of what is attached',
    attached,
    { body: { schemaVersion: 2, config: child, layers: [] } },
    `GET URL/v2/a/b/referrers/${DIGEST}: BAD_ANSWER: the list of what is attached is no index`,
  ],
  [
    'another digest than was put',
    put,
    { status: 201, headers: { 'docker-content-digest': DIGEST } },
    `PUT URL/v2/a/b/manifests/main: DIGEST_MISMATCH: put ${digestOf(bytes)}, the registry has stored ${DIGEST}`,
  ],
  [
    'an upload without a place',
    upload,
    { status: 202 },
    'POST URL/v2/a/b/blobs/uploads/: BAD_ANSWER: it does not say where to send the upload',
  ],
  [
    'an upload at another place',
    upload,
    { status: 202, headers: { location: 'http://elsewhere.invalid/session/1' } },
    'POST URL/v2/a/b/blobs/uploads/: BAD_ANSWER: it leads on to http://elsewhere.invalid/session/1, outside of /v2/a/b/',
  ],
  [
    'an upload at no place',
    upload,
    { status: 202, headers: { location: 'http://[' } },
    'POST URL/v2/a/b/blobs/uploads/: BAD_ANSWER: it leads on to "http://[", which is no address',
  ],
];

/** The line that `ask` ends with, the registry's address taken out. */
async function faultOf(fake: FakeRegistry, ask: Ask): Promise<string> {
  const client = new RegistryClient({ endpoints: fake.endpoints, retries: 0, timeout: 1000 });
  const error = await ask(client).then(
    () => assert.fail('it was taken'),
    error => error as Error,
  );
  assert.ok(!['TypeError', 'SyntaxError'].includes(error.name), error.stack);
  return error.message.replaceAll(fake.url, 'URL');
}

for (const [what, ask, { status = 200, headers, body = '' }, message] of cases) {
  test(`a registry that answers with ${what} is told so in a line`, async t => {
    const fake = await FakeRegistry.start();
    t.after(() => fake.stop());
    fake.misbehave = (_, response) =>
      !!response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
    assert.equal(await faultOf(fake, ask), message);
    const circle = status === 302;
    assert.ok(circle || fake.requests.length === 1, fake.requests.join());
  });
}

test('what answers and speaks no HTTP is told so', async t => {
  const fake = await FakeRegistry.start();
  t.after(() => fake.stop());
  fake.misbehave = (_, response) => !!response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n');
  assert.equal(
    await faultOf(fake, manifest),
    `registry ${REGISTRY} can't be reached at URL: what answers there does not speak HTTP`,
  );
});

test('an image whose config is none fits no platform', async t => {
  const fake = await FakeRegistry.start();
  t.after(() => fake.stop());
  const client = new RegistryClient({ endpoints: fake.endpoints, retries: 0 });
  for (const text of ['', '<html>', 'null', '[]', '7', '{"os":7,"architecture":"amd64"}', '{"os":"linux"}']) {
    const config = fake.blob('a/b', Buffer.from(text));
    fake.put('a/b', 'main', { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [] }, OCI_MANIFEST);
    assert.deepEqual([...(await inspectImage(client, REF))!.platforms], [], text);
  }
});
