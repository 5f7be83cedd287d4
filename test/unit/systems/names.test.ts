import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findSystem, systemNames } from '../../../systems/lookup.ts';
import { serviceNameFault } from '../../../systems/names.ts';

test('every service of the catalogues has a name that Kubernetes takes for all that bears it', () => {
  for (const { services } of systemNames.map(findSystem)) {
    for (const { name } of services) assert.equal(serviceNameFault(name), undefined, name);
    assert.equal(new Set(services.map(({ name }) => name)).size, services.length);
  }
});

test('a name has at most 63 characters, begins with a letter and has none that a label may not have', () => {
  for (const name of ['a', 'a1', 'l'.repeat(63)]) assert.equal(serviceNameFault(name), undefined, name);
  for (const name of ['', 'l'.repeat(64), '1a', 'a-', '-a', 'A', 'a.b', 'a_b', 'a\n'])
    assert.ok(serviceNameFault(name), name);
  assert.match(serviceNameFault('l'.repeat(64))!, /at most 63 characters \(it has 64\)/);
});
