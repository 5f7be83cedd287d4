import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { emptyLock, type Lock, LockError, parseLock, printLock } from '../../../images/lock.ts';
import { OCI_INDEX } from '../../../images/manifest.ts';
import { lock } from './arbitraries.ts';

const A = `sha256:${'a'.repeat(64)}` as const;
const B = `sha256:${'b'.repeat(64)}` as const;
const ENTRY = {
  digest: A,
  mediaType: OCI_INDEX,
  platforms: { 'linux/arm64': B, 'linux/amd64': A },
  commit: 'unknown',
  pinnedAt: 'unknown',
  pinnedBy: 'unknown',
};

const faultsOf = (text: string): readonly string[] => {
  try {
    parseLock(text, 'locks/dev.yaml');
  } catch (error) {
    assert.ok(error instanceof LockError);
    assert.equal(error.message, error.faults.join('\n'));
    return error.faults;
  }
  return [];
};

test('a printed lock reads back as the same lock, whatever is locked (P5)', () => {
  fc.assert(fc.property(lock, value => assert.deepEqual(parseLock(printLock(value as Lock), 'x'), value)));
});

test('the order of keys does not change a printed lock', () => {
  const turned = (value: object): object =>
    Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, item]) => [key, typeof item === 'object' ? turned(item) : item]),
    );
  fc.assert(fc.property(lock, value => assert.equal(printLock(turned(value) as Lock), printLock(value as Lock))));
});

test('a lock is written like this', () => {
  const text = printLock({
    version: 1,
    images: { 'cerebral/ai-services': 'waiting', 'cerebral/ai-base:cpu': ENTRY },
    upstream: { 'docker.io/library/python:3.11-slim': 'unknown' },
  });
  assert.equal(
    text,
    `version: 1
images:
  cerebral/ai-base:cpu:
    digest: ${A}
    mediaType: application/vnd.oci.image.index.v1+json
    platforms:
      linux/amd64: ${A}
      linux/arm64: ${B}
    commit: unknown
    pinnedAt: unknown
    pinnedBy: unknown
  cerebral/ai-services: waiting
upstream:
  docker.io/library/python:3.11-slim: unknown
`,
  );
});

test('an empty lock, and one with empty sections, is a lock of nothing', () => {
  assert.deepEqual(parseLock(printLock(emptyLock()), 'x'), emptyLock());
  assert.deepEqual(parseLock('version: 1\nimages:\nupstream:\n', 'x'), emptyLock());
  assert.deepEqual(parseLock('version: 1\n', 'x'), emptyLock());
});

test('a commit of digits alone stays a text', () => {
  const commit = '1'.repeat(40);
  const text = printLock({ ...emptyLock(), images: { a: { ...ENTRY, commit } } });
  assert.deepEqual(parseLock(text.replaceAll('"', ''), 'x').images.a, { ...ENTRY, commit });
});

test('a platform whose digest nobody has recorded is unknown', () => {
  const platforms = { 'linux/amd64': 'unknown' as const, 'linux/arm64': B };
  const printed = printLock({ ...emptyLock(), images: { a: { ...ENTRY, platforms } } });
  assert.match(printed, /linux\/amd64: unknown\n/);
  assert.deepEqual(parseLock(printed, 'x').images.a, { ...ENTRY, platforms });
});

test('every fault of a lock is told at once, each with its line', () => {
  const text = `version: 2
images:
  cerebral/AI:cpu: waiting
  cerebral/a:
    digest: sha256:12
    mediaType: text/plain
    platforms:
      arm64: ${A}
      linux/arm64/v8: ${A}
      linux/amd64: no
    commit: main
    pinnedAt: yesterday
    signed: yes
  cerebral/b: soon
  cerebral/c:
    digest: ${A}
    mediaType: ${OCI_INDEX}
    platforms: {}
    commit: unknown
    pinnedAt: 2025-01-31T12:00:00Z
    pinnedBy: ""
upstream:
  python:3.11-slim: unknown
  docker.io/library/node:22@${A}: unknown
  docker.io/library/perl:5: waiting
extra: 1
`;
  const fields = 'digest, mediaType, platforms, commit, pinnedAt, pinnedBy';
  const types =
    'application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, ' +
    'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json';
  assert.deepEqual(faultsOf(text), [
    'locks/dev.yaml:1: version is "2"; this program reads version 1',
    'locks/dev.yaml:3: images: key cerebral/AI:cpu: repository part "AI" has upper-case letters; only lower case is allowed',
    'locks/dev.yaml:4: cerebral/a: pinnedBy is missing',
    'locks/dev.yaml:5: cerebral/a: digest is "sha256:12"; expected sha256: and 64 hexadecimal digits',
    `locks/dev.yaml:6: cerebral/a: mediaType is "text/plain"; expected one of ${types}`,
    'locks/dev.yaml:8: cerebral/a: platform "arm64": expected os/architecture[/variant], for example linux/amd64 or linux/arm64',
    'locks/dev.yaml:9: cerebral/a: platform linux/arm64/v8: write linux/arm64',
    'locks/dev.yaml:10: cerebral/a: linux/amd64 is "no"; expected sha256: and 64 hexadecimal digits or unknown',
    'locks/dev.yaml:11: cerebral/a: commit is "main"; expected 40 hexadecimal digits or unknown',
    'locks/dev.yaml:12: cerebral/a: pinnedAt is "yesterday"; expected a time like 2025-01-31T12:00:00Z or unknown',
    `locks/dev.yaml:13: cerebral/a: unknown key signed; allowed are ${fields}`,
    `locks/dev.yaml:14: cerebral/b: found "soon"; expected waiting or an entry with ${fields}`,
    'locks/dev.yaml:18: cerebral/c: an index without platforms',
    'locks/dev.yaml:21: cerebral/c: pinnedBy is empty; expected a name or unknown',
    'locks/dev.yaml:23: upstream: key python:3.11-slim: write it in full, docker.io/library/python:3.11-slim',
    `locks/dev.yaml:24: upstream: key docker.io/library/node:22@${A} has a digest; the digest stands in the entry`,
    `locks/dev.yaml:25: docker.io/library/perl:5: found "waiting"; expected unknown or an entry with ${fields}`,
    'locks/dev.yaml:26: the lock: unknown key extra; allowed are version, images, upstream',
  ]);
});

test('a text that is no lock at all is told as such', () => {
  assert.deepEqual(faultsOf(''), [
    'locks/dev.yaml:1: the lock is empty; expected keys with values',
    'locks/dev.yaml:1: version is missing; expected version: 1',
  ]);
  assert.deepEqual(faultsOf('- a'), [
    'locks/dev.yaml:1: the lock is a list; expected keys with values',
    'locks/dev.yaml:1: version is missing; expected version: 1',
  ]);
  assert.deepEqual(faultsOf('version: 1\nimages: [a]\n'), [
    'locks/dev.yaml:2: images is a list; expected keys with values',
  ]);
  assert.deepEqual(faultsOf('version: 1\nversion: 1\n'), ['locks/dev.yaml:2: Map keys must be unique']);
  assert.match(faultsOf('version: 1\nimages: {\n')[0]!, /^locks\/dev\.yaml:[23]: /);
});

const FIELDS = 'digest, mediaType, platforms, commit, pinnedAt, pinnedBy';
const PART = 'is not allowed; expected a-z and 0-9, joined by ".", "_", "__" or "-"';

/** What a lock's `images` may hold that is none, and its only fault. */
const BAD: [what: string, images: string, fault: string][] = [
  [
    'a conflict of a merge',
    '\n<<<<<<< HEAD\n  cerebral/a: waiting\n=======\n  cerebral/b: waiting\n>>>>>>> dev\n',
    '3: a conflict of a merge, not resolved yet',
  ],
  ['a second document', '\n---\nversion: 1\n', '3: a second document begins here; a lock is one'],
  ['a tab', '\n\tcerebral/a: waiting\n', '3: Tabs are not allowed as indentation'],
  ['a quote without end', ' "\n', '3: Missing closing "quote'],
  ['an image twice', '\n  cerebral/a: waiting\n  cerebral/a: waiting\n', '4: Map keys must be unique'],
  ['a name for another part', ' *other\n', '2: images is an alias; expected keys with values'],
  ['a key that is a map', '\n  ? {a: b}\n  : waiting\n', '3: images: a key is a map; expected a text'],
  [
    'a registry in a key',
    '\n  10.34.0.202:5000/cerebral/a: waiting\n',
    '3: images: key 10.34.0.202:5000/cerebral/a: expected repository or repository:tag, without registry and digest',
  ],
  [
    'a digest in a key',
    `\n  cerebral/a@${A}: waiting\n`,
    `3: images: key cerebral/a@${A}: repository part "a@sha256" ${PART}`,
  ],
  [
    'a digest in the place of an entry',
    `\n  cerebral/a: ${A}\n`,
    `3: cerebral/a: found "${A}"; expected waiting or an entry with ${FIELDS}`,
  ],
  [
    'a name of the language',
    '\n  __proto__: waiting\n',
    `3: images: key __proto__: repository part "__proto__" ${PART}`,
  ],
];

for (const [what, images, fault] of BAD) {
  test(`a lock with ${what} is refused with its line`, () => {
    assert.deepEqual(faultsOf(`version: 1\nimages:${images}`), [`locks/dev.yaml:${fault}`]);
  });
}

test('any text is a lock or has faults with lines', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'version: 1\n -&*{}[]!|>"\'#') }), text => {
      for (const fault of faultsOf(text)) assert.match(fault, /^locks\/dev\.yaml:\d+: \S/);
    }),
    { numRuns: 1000 },
  );
});
