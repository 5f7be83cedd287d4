import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composeLock, heldOn } from '../../../../commands/requirements/compose.ts';
import { parsePylock, type Resolved } from '../../../../commands/requirements/resolve.ts';

const on = (name: string, hashes: string[], more: Partial<Resolved> = {}): Resolved => ({
  name,
  version: '1.0',
  hashes,
  source: false,
  ...more,
});

test('what both platforms need is there once, with the wheels of both', () => {
  const lock = composeLock({
    amd64: [on('pure', ['p']), on('native', ['n-amd64'])],
    arm64: [on('pure', ['p']), on('native', ['n-arm64'])],
    torchless: [],
  });
  assert.deepEqual(lock, {
    wheels: [
      { name: 'pure', version: '1.0', hashes: ['p'] },
      { name: 'native', version: '1.0', hashes: ['n-amd64', 'n-arm64'] },
    ],
  });
});

test('what one platform needs, or in another version, is there on that one only', () => {
  const amd64 = [on('only', ['a']), on('differs', ['b'], { version: '2.0' })];
  const lock = composeLock({ amd64, arm64: [on('differs', ['c'])], torchless: amd64 });
  const [x86, arm] = ["platform_machine == 'x86_64'", "platform_machine == 'aarch64'"];
  assert.deepEqual(lock.wheels, [
    { name: 'only', version: '1.0', hashes: ['a'], marker: x86 },
    { name: 'differs', version: '2.0', hashes: ['b'], marker: x86 },
    { name: 'differs', version: '1.0', hashes: ['c'], marker: arm },
  ]);
  const all = lock.wheels!;
  assert.deepEqual(heldOn('linux/arm64', all), [all[2]]);
  assert.deepEqual(heldOn('linux/amd64', [...all, { name: 'torch', version: '2+cpu', hashes: [] }]), all.slice(0, 2));
});

test('what only Torch brings, and on amd64 only, is for CUDA and stands with it; what has no wheels stands apart', () => {
  const common = [on('sympy', ['s'], {}), on('psycopg2', ['q'], { source: true })];
  const lock = composeLock({
    amd64: [...common, on('torch', ['t-amd64']), on('nvidia-x', ['n']), on('simd', ['d'])],
    arm64: [...common, on('torch', ['t-arm64'])],
    torchless: [on('psycopg2', ['q'], { source: true }), on('simd', ['d'])],
  });
  const names = Object.fromEntries(Object.entries(lock).map(([part, all]) => [part, all.map(({ name }) => name)]));
  assert.deepEqual(names, { wheels: ['sympy', 'simd'], sources: ['psycopg2'], torch: ['torch', 'nvidia-x'] });
});

test('the answer of uv is read: names, versions, hashes, and whether there is a wheel', () => {
  const [a, b, c] = ['a', 'b', 'c'].map(digit => digit.repeat(64));
  const text = `lock-version = "1.0"
created-by = "uv"

[[packages]]
name = "torch"
version = "2.4.1+cpu"
marker = "python_full_version < '3.13'"
wheels = [
    { url = "http://host/torch-1.whl", hashes = { sha256 = "${a}" } },
    { url = "http://host/torch-2.whl", hashes = { sha256 = "${b}" } },
]

[[packages]]
name = "psycopg2"
version = "2.9.13"
sdist = { url = "http://host/psycopg2-2.9.13.tar.gz", hashes = { sha256 = "${c}" } }
`;
  assert.deepEqual(parsePylock(text), [
    { name: 'torch', version: '2.4.1+cpu', hashes: [a, b], source: false },
    { name: 'psycopg2', version: '2.9.13', hashes: [c], source: true },
  ]);
  assert.deepEqual(parsePylock('lock-version = "1.0"\n'), []);
  assert.throws(
    () => parsePylock(text.replaceAll(c!, 'none')),
    /a package without name, version or hash: name = "psycopg2"/,
  );
});
