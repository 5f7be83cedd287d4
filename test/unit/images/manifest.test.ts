import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../../images/digest.ts';
import {
  type Child,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  type Index,
  makeIndex,
  OCI_INDEX,
  OCI_MANIFEST,
  parseManifest,
  platformsOf,
} from '../../../images/manifest.ts';
import { platformOf } from '../../../images/platform.ts';
import { annotations, child } from './arbitraries.ts';

const DIGEST = `sha256:${'a'.repeat(64)}` as const;
const AMD64: Child = {
  mediaType: OCI_MANIFEST,
  digest: DIGEST,
  size: 1,
  platform: { os: 'linux', architecture: 'amd64' },
};
const ARM64: Child = { ...AMD64, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } };
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));
const index = (children: Child[]): Index => ({ kind: 'index', mediaType: OCI_INDEX, children, annotations: {} });

test('an index that was made reads back with the same children and annotations', () => {
  fc.assert(
    fc.property(fc.array(child, { maxLength: 5 }), annotations, (children, notes) => {
      const made = makeIndex(children, notes);
      assert.equal(made.digest, digestOf(made.bytes));
      const read = parseManifest(made.bytes, made.mediaType) as Index;
      const key = (entry: Child) =>
        JSON.stringify([entry.platform && platformOf(entry.platform), entry.digest, entry.size]);
      assert.deepEqual(read.children.map(key).sort(), children.map(key).sort());
      assert.deepEqual(read.annotations, notes);
    }),
  );
});

test('the order of children and annotations does not change an index', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(child, { selector: entry => entry.digest, maxLength: 5 }),
      annotations,
      (children, notes) => {
        const turned = Object.fromEntries(Object.entries(notes).reverse());
        assert.equal(makeIndex([...children].reverse(), turned).digest, makeIndex(children, notes).digest);
      },
    ),
  );
});

test('the bytes of an index are these', () => {
  const { bytes, mediaType } = makeIndex([ARM64, AMD64], { b: '2', a: '1' });
  assert.equal(mediaType, OCI_INDEX);
  const entry = (platform: string) =>
    `{"mediaType":"${OCI_MANIFEST}","digest":"${DIGEST}","size":1,"platform":${platform}}`;
  assert.equal(
    bytes.toString(),
    `{"schemaVersion":2,"mediaType":"${OCI_INDEX}","manifests":[${entry('{"architecture":"amd64","os":"linux"}')},` +
      `${entry('{"architecture":"arm64","os":"linux","variant":"v8"}')}],"annotations":{"a":"1","b":"2"}}`,
  );
});

test('an index has the platforms of its children, and no others', () => {
  fc.assert(
    fc.property(fc.array(child), there => {
      const names = there.map(entry => platformOf(entry.platform));
      assert.deepEqual(new Set(platformsOf(index(there)).keys()), new Set(names));
    }),
  );
});

test('attestations, artefacts and nested indexes are no platforms', () => {
  const attestation: Child = {
    ...AMD64,
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
  };
  const disguised: Child = { ...ARM64, annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } };
  const { platform: _, ...artefact } = AMD64;
  const nested: Child = { ...ARM64, mediaType: OCI_INDEX };
  const platforms = platformsOf(index([attestation, disguised, artefact, nested, AMD64]));
  assert.deepEqual([...platforms.keys()], ['linux/amd64']);
});

test('of two children for one platform the first counts', () => {
  const second: Child = { ...AMD64, digest: `sha256:${'b'.repeat(64)}` };
  assert.equal(platformsOf(index([AMD64, second])).get('linux/amd64'), AMD64);
});

test("the media type is the one inside, else the registry's, else told by the fields", () => {
  const manifests = { schemaVersion: 2, manifests: [] };
  const image = { schemaVersion: 2, config: AMD64, layers: [] };
  assert.equal(parseManifest(bytesOf({ ...manifests, mediaType: DOCKER_LIST })).mediaType, DOCKER_LIST);
  assert.equal(parseManifest(bytesOf(manifests), `${DOCKER_LIST}; charset=utf-8`).mediaType, DOCKER_LIST);
  assert.equal(parseManifest(bytesOf(manifests), 'application/json').mediaType, OCI_INDEX);
  assert.equal(parseManifest(bytesOf(image)).mediaType, OCI_MANIFEST);
  assert.equal(parseManifest(bytesOf(image), DOCKER_MANIFEST).kind, 'image');
});

test('bad manifests are refused with what is wrong', () => {
  const entry = { ...AMD64 };
  const cases: [unknown, string | undefined, string][] = [
    [[], undefined, 'the manifest is not an object'],
    [
      { schemaVersion: 1 },
      undefined,
      'schemaVersion 1 is not supported; expected 2: push the image again with a current client',
    ],
    [
      { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] },
      OCI_MANIFEST,
      `the registry calls it ${OCI_MANIFEST}, its own mediaType is ${OCI_INDEX}`,
    ],
    [
      { schemaVersion: 2, manifests: [], layers: [] },
      undefined,
      'it has the fields of an index and of an image manifest',
    ],
    [{ schemaVersion: 2, mediaType: OCI_INDEX }, undefined, 'manifests is not a list'],
    [{ schemaVersion: 2 }, undefined, 'layers is not a list'],
    [
      { schemaVersion: 2, manifests: [{ ...entry, digest: 'x' }] },
      undefined,
      'manifests[0].digest is "x", not a sha256 digest',
    ],
    [
      { schemaVersion: 2, manifests: [{ ...entry, size: -1 }] },
      undefined,
      'manifests[0].size is -1, not a number of bytes',
    ],
    [
      { schemaVersion: 2, manifests: [{ ...entry, platform: { os: 'linux' } }] },
      undefined,
      'manifests[0].platform.architecture is undefined, not a text',
    ],
    [{ schemaVersion: 2, manifests: [], annotations: { a: 1 } }, undefined, 'annotations.a is 1, not a text'],
  ];
  for (const [body, mediaType, message] of cases) {
    assert.throws(() => parseManifest(bytesOf(body), mediaType), { message: `image manifest: ${message}` });
  }
  assert.throws(() => parseManifest(Buffer.from('<html>')), { message: 'image manifest: its 6 bytes are not JSON' });
  assert.throws(
    () => parseManifest(bytesOf({ schemaVersion: 2, mediaType: 'x/y' })),
    /media type x\/y is not supported/,
  );
});
