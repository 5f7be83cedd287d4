// Generators of well-formed values for the property tests.
import fc from 'fast-check';
import type { Digest } from '../../../images/digest.ts';
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from '../../../images/manifest.ts';
import type { Reference } from '../../../images/reference.ts';

// Plain objects, so that deepEqual compares values and not prototypes.
const PLAIN = { noNullPrototype: true } as const;
const chars = (text: string) => fc.constantFrom(...text);
const hexDigits = '0123456789abcdef';
const lower = 'abcdefghijklmnopqrstuvwxyz0123456789';

export const hex = (length: number) => fc.string({ unit: chars(hexDigits), minLength: length, maxLength: length });
export const digest = hex(64).map((text): Digest => `sha256:${text}`);

const word = fc.string({ unit: chars(lower), minLength: 1, maxLength: 8 });
const component = fc
  .tuple(word, fc.array(fc.tuple(fc.constantFrom('.', '_', '__', '-', '---'), word), { maxLength: 2 }))
  .map(([first, more]) => first + more.flat().join(''));
export const repository = fc.array(component, { minLength: 1, maxLength: 4 }).map(parts => parts.join('/'));
export const tag = fc
  .tuple(chars(`${lower}_ABC`), fc.string({ unit: chars(`${lower}_.-XYZ`), maxLength: 20 }))
  .map(([first, rest]) => first + rest);
export const registry = fc.oneof(
  fc.constantFrom('docker.io', 'localhost', 'localhost:5000', '10.34.0.202:5000', '[fd00::1]:5000'),
  fc
    .tuple(word, word, fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined }))
    .map(([a, b, port]) => `${a}.${b}${port ? `:${port}` : ''}`),
);
export const reference: fc.Arbitrary<Reference> = fc
  .record({ registry, repository, tag, digest }, { requiredKeys: ['registry', 'repository'], ...PLAIN })
  .map(ref => ({
    ...ref,
    // The hub has no single-part repositories.
    repository:
      ref.registry === 'docker.io' && !ref.repository.includes('/') ? `library/${ref.repository}` : ref.repository,
  }));

export const platform = fc.constantFrom('linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/s390x', 'windows/amd64');
const spelling: Record<string, { os: string; architecture: string; variant?: string }[]> = {
  'linux/amd64': [
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'x86_64' },
  ],
  'linux/arm64': [
    { os: 'linux', architecture: 'arm64' },
    { os: 'linux', architecture: 'arm64', variant: 'v8' },
  ],
  'linux/arm/v7': [{ os: 'linux', architecture: 'arm', variant: 'v7' }],
  'linux/s390x': [{ os: 'linux', architecture: 's390x' }],
  'windows/amd64': [{ os: 'windows', architecture: 'amd64' }],
};
export const platformParts = platform.chain(name =>
  fc.constantFrom(...spelling[name]!).map(parts => ({ name, parts })),
);

export const annotations = fc.dictionary(
  fc.string({ unit: chars(`${lower}./`), minLength: 1, maxLength: 12 }),
  fc.string({ maxLength: 12 }),
  { maxKeys: 3, ...PLAIN },
);
export const child = fc.record(
  {
    mediaType: fc.constantFrom(OCI_MANIFEST, DOCKER_MANIFEST),
    digest,
    size: fc.nat(),
    platform: platformParts.map(({ parts }) => parts),
  },
  PLAIN,
);

export const lockEntry = fc.record(
  {
    digest,
    mediaType: fc.constantFrom(OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST),
    platforms: fc.dictionary(platform, fc.oneof(digest, fc.constant('unknown' as const)), { minKeys: 1, ...PLAIN }),
    commit: fc.oneof(
      hex(40),
      fc.constant('unknown'),
      fc.string({ unit: chars('0123456789'), minLength: 40, maxLength: 40 }),
    ),
    pinnedAt: fc.oneof(
      fc.constant('unknown'),
      fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true }).map(date => date.toISOString()),
    ),
    pinnedBy: fc.oneof(
      fc.constantFrom('unknown', 'null', 'true', '12', '- a', '#x', 'a: b'),
      fc.string({ minLength: 1 }).filter(text => text.trim() !== ''),
    ),
  },
  PLAIN,
);
export const lock = fc.record(
  {
    version: fc.constant(1 as const),
    images: fc.dictionary(
      fc
        .tuple(repository, fc.option(tag, { nil: undefined }))
        .map(([name, t]) => (t === undefined ? name : `${name}:${t}`)),
      fc.oneof(lockEntry, fc.constant('waiting' as const)),
      { maxKeys: 4, ...PLAIN },
    ),
    upstream: fc.dictionary(
      reference.map(ref => `${ref.registry}/${ref.repository}:${ref.tag ?? 'latest'}`),
      fc.oneof(lockEntry, fc.constant('unknown' as const)),
      { maxKeys: 3, ...PLAIN },
    ),
  },
  PLAIN,
);
