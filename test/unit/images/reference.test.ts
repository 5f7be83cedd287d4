import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatReference, isRegistry, isTag, parseReference } from '../../../images/reference.ts';
import { reference } from './arbitraries.ts';

const DIGEST = `sha256:${'a'.repeat(64)}` as const;

test('a printed reference reads back as the same reference (P5)', () => {
  fc.assert(fc.property(reference, ref => assert.deepEqual(parseReference(formatReference(ref)), ref)));
});

test('any text is either refused or read to a reference that prints and reads the same', () => {
  const texts = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'aB1:/.@-_[]') }));
  fc.assert(
    fc.property(texts, text => {
      let ref: ReturnType<typeof parseReference>;
      try {
        ref = parseReference(text);
      } catch (error) {
        return (error as Error).message.startsWith(`image reference "${text}": `);
      }
      assert.deepEqual(parseReference(formatReference(ref)), ref);
      return true;
    }),
    { numRuns: 2000 },
  );
});

test('names are read as docker reads them', () => {
  const cases: [string, string][] = [
    ['python:3.11-slim', 'docker.io/library/python:3.11-slim'],
    ['python', 'docker.io/library/python'],
    ['nvidia/cuda:12.4.1-runtime-ubuntu22.04', 'docker.io/nvidia/cuda:12.4.1-runtime-ubuntu22.04'],
    ['index.docker.io/python', 'docker.io/library/python'],
    ['localhost/a', 'localhost/a'],
    ['localhost:5000/a/b:c', 'localhost:5000/a/b:c'],
    ['10.34.0.202:5000/cerebral/ai-base:cpu', '10.34.0.202:5000/cerebral/ai-base:cpu'],
    ['Host/a', 'Host/a'],
    ['[fd00::1]:5000/a', '[fd00::1]:5000/a'],
    ['host:5000', 'docker.io/library/host:5000'],
    [`a/b:c@${DIGEST}`, `docker.io/a/b:c@${DIGEST}`],
    [`python@${DIGEST}`, `docker.io/library/python@${DIGEST}`],
  ];
  for (const [text, full] of cases) assert.equal(formatReference(parseReference(text)), full);
});

test('a name without registry belongs to the default registry, and there gets no library/', () => {
  assert.deepEqual(parseReference('python:3', { registry: 'mirror:5000' }), {
    registry: 'mirror:5000',
    repository: 'python',
    tag: '3',
  });
});

test('what is no reference is refused with what is wrong', () => {
  const cases: [string, string][] = [
    ['', 'it is empty; expected [registry/]repository[:tag][@sha256:…]'],
    ['a b', 'it contains white space'],
    ['https://host/a', 'it is a URL; leave out the scheme'],
    ['Python', 'repository part "library/Python"'],
    ['host:5000/', 'it names no repository'],
    ['a//b', 'the repository has an empty part between slashes'],
    ['a/b:', '"" is no tag; expected 1 to 128 letters, digits, "_", "." and "-", not starting with "." or "-"'],
    ['a/-b', 'repository part "-b" is not allowed; expected a-z and 0-9, joined by ".", "_", "__" or "-"'],
    ['a@sha256:1', 'digest "sha256:1": it has 1 digits; expected sha256: and 64 lower-case hexadecimal digits'],
    ['host..x/a', '"host..x" is no registry; expected host or host:port'],
    [`a/${'b'.repeat(254)}`, 'the repository has 256 characters; at most 255 are allowed'],
  ];
  for (const [text, why] of cases) {
    const message = why.replace(
      'part "library/Python"',
      'part "Python" has upper-case letters; only lower case is allowed',
    );
    assert.throws(() => parseReference(text), { message: `image reference "${text}": ${message}` });
  }
});

test('registries and tags are told from what only looks like them', () => {
  for (const text of ['host', 'host:5000', 'a.b-c.d', '127.0.0.1:1', '[::1]']) assert.ok(isRegistry(text), text);
  for (const text of ['', 'http://host', 'host/', 'host:', '-a', 'a_b', 'a.']) assert.ok(!isRegistry(text), text);
  for (const text of ['main', '_', 'a'.repeat(128)]) assert.ok(isTag(text), text);
  for (const text of ['', '-a', '.a', 'a b', 'a/b', 'a'.repeat(129)]) assert.ok(!isTag(text), text);
});
