import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Locked, parseLocked, parseRequirements, printLocked, unlocked } from '../../../images/requirements.ts';

test('a list is exact versions, comments and what has no wheels; names are as indexes compare them', () => {
  const text = [
    '# What all rely on',
    '',
    'Huggingface_Hub==0.36.2  # models',
    'uvicorn[standard] == 0.54.0',
    '--no-binary psycopg2',
    'psycopg2==2.9.13',
    'torch==2.4.1+cpu',
  ].join('\n');
  assert.deepEqual(parseRequirements(text, 'x.txt'), [
    { name: 'huggingface-hub', version: '0.36.2' },
    { name: 'uvicorn', version: '0.54.0' },
    { name: 'psycopg2', version: '2.9.13' },
    { name: 'torch', version: '2.4.1+cpu' },
  ]);
});

test('every fault of a list is told at once, with its line', () => {
  const text = ['fastapi>=0.1', 'redis==8.1.0', '-r other.txt', 'Redis==8.0.0', 'git+https://host/x', 'numpy'].join(
    '\n',
  );
  assert.throws(() => parseRequirements(text, 'docker/x.txt'), {
    message: [
      'docker/x.txt:1: found "fastapi>=0.1"; expected an exact version, name==version, or --no-binary name',
      'docker/x.txt:3: found "-r other.txt"; expected an exact version, name==version, or --no-binary name',
      'docker/x.txt:4: redis stands there a second time',
      'docker/x.txt:5: found "git+https://host/x"; expected an exact version, name==version, or --no-binary name',
      'docker/x.txt:6: found "numpy"; expected an exact version, name==version, or --no-binary name',
    ].join('\n'),
  });
});

const hash = fc
  .array(fc.constantFrom(...'0123456789abcdef'), { minLength: 64, maxLength: 64 })
  .map(all => all.join(''));
const locked: fc.Arbitrary<Locked> = fc.record(
  {
    name: fc.stringMatching(/^[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?$/),
    version: fc.stringMatching(/^[0-9]{1,3}(\.[0-9]{1,3}){0,2}(rc[0-9]|\+cpu)?$/),
    marker: fc.constantFrom("platform_machine == 'x86_64'", "platform_machine == 'aarch64'"),
    hashes: fc.uniqueArray(hash, { maxLength: 3 }).map(hashes => hashes.sort()),
  },
  { requiredKeys: ['name', 'version', 'hashes'] },
);

test('a printed lock of packages reads back as the same lock, in the order of names (C5)', () => {
  fc.assert(
    fc.property(fc.uniqueArray(locked, { selector: entry => `${entry.name} ${entry.marker}` }), packages => {
      const read = parseLocked(printLocked(['A lock.'], packages), 'wheels.txt');
      assert.deepEqual(
        new Set(read.map(entry => JSON.stringify(ordered(entry)))),
        new Set(packages.map(entry => JSON.stringify(ordered(entry)))),
      );
      const names = read.map(({ name, marker = '' }) => `${name} ${marker}`);
      assert.deepEqual(names, names.toSorted());
    }),
  );
});

const ordered = ({ name, version, marker, hashes }: Locked) => [name, version, marker ?? null, hashes];

test('a lock that no resolver wrote is refused with its line', () => {
  assert.throws(() => parseLocked('redis==8.1.0 --hash=md5:1234\n', 'x.txt.lock/wheels.txt'), {
    message:
      'x.txt.lock/wheels.txt: found "redis==8.1.0 --hash=md5:1234"; expected name==version with hashes, as lock-requirements writes it',
  });
});

test('what a list says and its lock does not is told, package by package', () => {
  const pins = [
    { name: 'redis', version: '8.1.0' },
    { name: 'numpy', version: '2.2.6' },
    { name: 'torch', version: '2.4.1' },
  ];
  assert.deepEqual(unlocked(pins, [...pins, { name: 'brought', version: '1' }]), []);
  const other = [{ name: 'redis', version: '8.0.0' }, pins[2]!];
  assert.deepEqual(unlocked(pins, other), ['redis==8.1.0 is locked as 8.0.0', 'numpy==2.2.6 is not locked']);
});
