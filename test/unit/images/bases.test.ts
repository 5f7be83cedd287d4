import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contextName, mapBases, type StackBase } from '../../../images/bases.ts';
import { findBases } from '../../../images/dockerfile.ts';
import { formatReference, parseReference } from '../../../images/reference.ts';
import { reference } from './arbitraries.ts';

const DIGEST = `sha256:${'a'.repeat(64)}` as const;
const REGISTRY = '10.34.0.202:5000';
const ALIAS = 'internal-registry.registry.svc.cluster.local:5000';
const PINNED = `${REGISTRY}/cerebral/ai-base:cpu@${DIGEST}`;
const BASES: StackBase[] = ['cuda', 'cpu'].map(tag => ({ repository: 'cerebral/ai-base', tag, reference: PINNED }));
const SOURCES = { registry: REGISTRY, aliases: [ALIAS], bases: BASES };
const map = (text: string) =>
  mapBases(findBases(text), SOURCES).map(({ context, reference: to, ours }) => [context, formatReference(to), ours]);

test('a base of the stack is built on its pin, whichever of its names the Dockerfile writes', () => {
  const names = [
    'cerebral/ai-base:cuda',
    'docker.io/cerebral/ai-base:cuda',
    `${REGISTRY}/cerebral/ai-base:cuda`,
    `${ALIAS}/cerebral/ai-base:cpu`,
  ];
  for (const name of names) assert.deepEqual(map(`FROM ${name}`), [[name.replace(/^docker\.io\//, ''), PINNED, true]]);
});

test('what the stack does not build keeps its own name', () => {
  assert.deepEqual(map('FROM python:3.11-slim'), [['python:3.11-slim', 'docker.io/library/python:3.11-slim', false]]);
  assert.deepEqual(map('FROM ghcr.io/cerebral/ai-base:cuda'), [
    ['ghcr.io/cerebral/ai-base:cuda', 'ghcr.io/cerebral/ai-base:cuda', false],
  ]);
});

test("a tag that the stack does not build is looked for in its registry, under the registry's own name", () => {
  assert.deepEqual(map('FROM cerebral/ai-base:cudaa'), [
    ['cerebral/ai-base:cudaa', `${REGISTRY}/cerebral/ai-base:cudaa`, true],
  ]);
  assert.deepEqual(map(`FROM ${ALIAS}/other/image`), [[`${ALIAS}/other/image`, `${REGISTRY}/other/image`, true]]);
});

test('a digest in the Dockerfile stays', () => {
  const own = `sha256:${'b'.repeat(64)}`;
  assert.deepEqual(map(`FROM cerebral/ai-base:cuda@${own}`), [
    [`cerebral/ai-base:cuda@${own}`, `${REGISTRY}/cerebral/ai-base:cuda@${own}`, true],
  ]);
});

test('COPY --from and RUN --mount=from take the pinned base as FROM does', () => {
  const text = [
    'FROM scratch',
    'COPY --from=cerebral/ai-base:cuda /a /b',
    `RUN --mount=type=bind,from=${ALIAS}/cerebral/ai-base:cpu,target=/x true`,
  ].join('\n');
  assert.deepEqual(map(text), [
    ['cerebral/ai-base:cuda', PINNED, true],
    [`${ALIAS}/cerebral/ai-base:cpu`, PINNED, true],
  ]);
});

test('a base that is named twice is looked up once, for all platforms that any use needs', () => {
  const text = (first: string, second: string) =>
    `FROM ${first} a:1 AS x\nFROM ${second} docker.io/library/a:1\nCOPY --from=x b c`;
  const platforms = (first: string, second: string) => {
    const mapped = mapBases(findBases(text(first, second)), SOURCES);
    assert.deepEqual(
      mapped.map(({ context, line }) => [context, line]),
      [['a:1', 1]],
    );
    return mapped[0]!.platforms;
  };
  assert.deepEqual(platforms('--platform=linux/arm64', '--platform=linux/amd64'), ['linux/arm64', 'linux/amd64']);
  assert.deepEqual(platforms('--platform=linux/arm64', '--platform=linux/arm64'), ['linux/arm64']);
  assert.equal(platforms('--platform=linux/arm64', ''), undefined);
  assert.equal(platforms('', '--platform=linux/arm64'), undefined);
});

test('a base of the stack without a digest is refused', () => {
  const bases = [{ repository: 'a/b', tag: 'c', reference: `${REGISTRY}/a/b:c` }];
  assert.throws(() => mapBases(findBases('FROM a/b:c'), { ...SOURCES, bases }), {
    message: `base a/b:c maps to ${REGISTRY}/a/b:c, which has no digest; a stack's bases are pinned`,
  });
});

test('the name of a build context is the short form without :latest, and names the same image', () => {
  assert.equal(contextName(parseReference('docker.io/library/python:latest')), 'python');
  assert.equal(contextName(parseReference('library/a/b:1')), 'library/a/b:1');
  assert.equal(contextName(parseReference(`python:latest@${DIGEST}`)), `python:latest@${DIGEST}`);
  fc.assert(
    fc.property(reference, ref => {
      // The hub has no names with dots; BuildKit's short form of one would name a registry.
      fc.pre(ref.registry !== 'docker.io' || !ref.repository.split('/')[0]!.includes('.'));
      const { tag, ...rest } = parseReference(contextName(ref));
      assert.deepEqual({ ...rest, tag: tag ?? 'latest' }, { ...ref, tag: ref.tag ?? 'latest' });
    }),
  );
});
