import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalRegistry, endpointFor, parseEndpoints, printEndpoints } from '../../../images/endpoints.ts';
import { registry } from './arbitraries.ts';

const NAMES = '10.34.0.202:5000|internal-registry.registry.svc.cluster.local:5000|registry.example.com';

test('printed endpoints read back as the same endpoints', () => {
  const endpoint = fc.record({
    names: fc.uniqueArray(registry, { minLength: 1, maxLength: 3 }),
    scheme: fc.constantFrom('http', 'https'),
    port: fc.integer({ min: 1024, max: 65535 }),
  });
  fc.assert(
    fc.property(fc.array(endpoint, { maxLength: 3 }), list => {
      const all = list.flatMap(({ names }) => names);
      fc.pre(new Set(all).size === all.length);
      const endpoints = list.map(({ names, scheme, port }) => ({
        name: names[0]!,
        aliases: names.slice(1),
        url: `${scheme}://127.0.0.1:${port}`,
      }));
      assert.deepEqual(parseEndpoints(printEndpoints(endpoints)), endpoints);
    }),
  );
});

test('a registry is reached at its endpoint under its name and under each alias', () => {
  const endpoints = parseEndpoints(` ${NAMES} = https://127.0.0.1:15000/ , docker.io=http://127.0.0.1:15001`);
  for (const name of NAMES.split('|')) {
    assert.equal(endpointFor(endpoints, name).url, 'https://127.0.0.1:15000');
    assert.equal(canonicalRegistry(endpoints, name), '10.34.0.202:5000');
  }
  assert.equal(endpointFor(endpoints, 'docker.io').url, 'http://127.0.0.1:15001');
});

test('a registry that no endpoint names is reached by HTTPS under its own name', () => {
  assert.deepEqual(endpointFor([], 'ghcr.io'), { name: 'ghcr.io', aliases: [], url: 'https://ghcr.io' });
  assert.equal(endpointFor([], 'docker.io').url, 'https://registry-1.docker.io');
  assert.equal(canonicalRegistry([], 'ghcr.io'), 'ghcr.io');
});

test('no text is no endpoint', () => {
  assert.deepEqual(parseEndpoints(''), []);
});

test('bad endpoints are refused with what is wrong, and without a password', () => {
  const form = '; expected name[|alias…]=http(s)://host[:port][,…]';
  const cases: [string, string][] = [
    ['a.b', `endpoint "a.b": it has no "="${form}`],
    ['http://a=http://b', `endpoint "http://a=http://b": "http://a" is no registry name${form}`],
    ['a.b|=http://b', `endpoint "a.b|=http://b": "" is no registry name${form}`],
    ['a.b=c', `endpoint "a.b=c": its URL cannot be read${form}`],
    ['a.b=ftp://c', `endpoint "a.b=ftp://c": scheme ftp:// is not supported${form}`],
    ['a.b=http://c/v2', `endpoint "a.b=http://c/v2": its URL has a path${form}`],
    [
      'a.b=http://u:geheim@c',
      `endpoint "a.b=http://…@c": its URL carries credentials; put them into the docker config${form}`,
    ],
    ['a.b=http://c,d.e|a.b=http://f', 'endpoint "d.e|a.b=http://f": a.b is named twice; each name has one endpoint'],
  ];
  for (const [text, message] of cases) assert.throws(() => parseEndpoints(text), { message });
});
