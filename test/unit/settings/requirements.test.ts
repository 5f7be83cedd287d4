import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { checkRequirements, requirementLists } from '../../../settings/requirements.ts';
import { cerebral } from '../../../systems/cerebral.ts';

const unified = 'docker/requirements-unified.txt';
const own = 'docker/requirements-own.txt';
const stack = { bases: cerebral.bases, buildArgs: {} };
const withOwn = { bases: cerebral.bases, buildArgs: { cpu: { REQUIREMENTS: own } } };
const hash = `--hash=sha256:${'a'.repeat(64)}`;

/** The checkout with `changes`: texts by file, undefined for a file that is not there. */
function checkout(changes: Record<string, string | undefined> = {}) {
  return async (file: string) => {
    if (!(file in changes)) return readFile(file, 'utf8');
    const text = changes[file];
    if (text !== undefined) return text;
    throw Object.assign(new Error(`no such file: ${file}`), { code: 'ENOENT' });
  };
}

test('both bases are built with the one list, unless the stack names another (C5)', async () => {
  assert.deepEqual(await requirementLists(stack, checkout()), [unified]);
  assert.deepEqual(await requirementLists(withOwn, checkout()), [unified, own]);
});

test('what is committed is as it was locked (C5)', async () => {
  await checkRequirements(stack, checkout());
  const small = { bases: cerebral.bases, buildArgs: { cpu: { REQUIREMENTS: 'docker/requirements-sandbox.txt' } } };
  await checkRequirements(small, checkout());
});

test('a comment in a list asks for no new lock', async () => {
  await checkRequirements(stack, checkout({ [unified]: `${await readFile(unified, 'utf8')}# reviewed\n` }));
});

test('a changed list stops the program before anything is built, with the command that locks it', async () => {
  const text = (await readFile(unified, 'utf8')).replace(/^redis==.*$/m, 'redis==1.2.3\nflask==3.0.0');
  const was = /^redis==(.*)$/m.exec(await readFile(unified, 'utf8'))![1];
  await assert.rejects(checkRequirements(stack, checkout({ [unified]: text })), {
    message: `${unified} is not what was locked: redis==1.2.3 is locked as ${was}, flask==3.0.0 is not locked; run: npm run slipway -- lock-requirements ${unified}`,
  });
});

test('all lists are looked at: one without a lock, one that is not there, one that is not exact', async () => {
  const changes = { [own]: 'redis==8.1.0\n' };
  await assert.rejects(checkRequirements(withOwn, checkout(changes)), {
    message: `${own} has no lock, ${own}.lock; run: npm run slipway -- lock-requirements ${own}`,
  });
  const faults = { [own]: undefined, [unified]: 'redis\n' };
  await assert.rejects(checkRequirements(withOwn, checkout(faults)), {
    message: `${unified}:1: found "redis"; expected an exact version, name==version, or --no-binary name\nthere is no ${own}, which a base is built with`,
  });
});

test('a lock may have one part only', async () => {
  await checkRequirements(
    withOwn,
    checkout({ [own]: 'redis==8.1.0\n', [`${own}.lock/wheels.txt`]: `redis==8.1.0 ${hash}\n` }),
  );
});
