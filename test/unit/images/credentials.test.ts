import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { credentialsFor } from '../../../images/credentials.ts';

const kept = { DOCKER_CONFIG: process.env.DOCKER_CONFIG, PATH: process.env.PATH };
let folder: string;
const write = (config: unknown) => writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
const helper = (name: string, ...lines: string[]) => {
  const file = join(folder, `docker-credential-${name}`);
  writeFileSync(file, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(file, 0o755);
};
const base64 = (text: string) => Buffer.from(text).toString('base64');

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-docker-'));
  process.env.DOCKER_CONFIG = folder;
  process.env.PATH = `${folder}:${kept.PATH}`;
});
beforeEach(() => write({}));
after(() => {
  Object.assign(process.env, kept);
  if (kept.DOCKER_CONFIG === undefined) delete process.env.DOCKER_CONFIG;
  rmSync(folder, { recursive: true });
});

test('no config, and no entry for the host, is nobody', async () => {
  assert.equal(await credentialsFor('a.b'), undefined);
  rmSync(join(folder, 'config.json'));
  assert.equal(await credentialsFor('a.b'), undefined);
});

test('each form of an entry is read', async () => {
  write({
    auths: {
      'a.b:5000': { auth: base64('ali:pass:word') },
      'https://c.d/v2/': { username: 'c', password: 'd' },
      'https://index.docker.io/v1/': { auth: base64('hub:pw') },
      'e.f': { identitytoken: 'refresh', auth: base64('x:y') },
      'g.h': {},
    },
  });
  assert.deepEqual(await credentialsFor('a.b:5000'), { username: 'ali', password: 'pass:word' });
  assert.deepEqual(await credentialsFor('c.d'), { username: 'c', password: 'd' });
  assert.deepEqual(await credentialsFor('docker.io'), { username: 'hub', password: 'pw' });
  assert.deepEqual(await credentialsFor('registry-1.docker.io'), { username: 'hub', password: 'pw' });
  assert.deepEqual(await credentialsFor('e.f'), { username: '<token>', password: 'refresh' });
  assert.equal(await credentialsFor('g.h'), undefined);
  assert.equal(await credentialsFor('a.b'), undefined);
});

test('a helper is asked for its host, and the store for the others', async () => {
  helper('one', 'read host; echo "{\\"Username\\":\\"$1-$host\\",\\"Secret\\":\\"s\\"}"');
  helper('store', 'echo "credentials not found in native keychain"; exit 1');
  write({ credHelpers: { 'a.b': 'one' }, credsStore: 'store', auths: { 'c.d': { auth: base64('c:d') } } });
  assert.deepEqual(await credentialsFor('a.b'), { username: 'get-a.b', password: 's' });
  assert.deepEqual(await credentialsFor('c.d'), { username: 'c', password: 'd' });
});

test('a config or a helper at fault is told, and no secret with it', async () => {
  writeFileSync(join(folder, 'config.json'), '{"auths": {"a.b": {"auth": "geheim"');
  await assert.rejects(credentialsFor('a.b'), {
    message: `${folder}/config.json is not a JSON object; write it again with docker login, or remove it`,
  });
  write({ auths: { 'a.b': { auth: base64('geheim') } } });
  await assert.rejects(credentialsFor('a.b'), {
    message: `${folder}/config.json: auths["a.b"].auth is not base64 of user:password; run docker login a.b`,
  });
  write({ credsStore: 'nowhere' });
  await assert.rejects(credentialsFor('a.b'), {
    message: 'docker-credential-nowhere is not on the PATH; the docker config names it for a.b',
  });
  helper('broken', 'echo "keychain is locked"; exit 3');
  write({ credsStore: 'broken' });
  await assert.rejects(credentialsFor('a.b'), {
    message: 'docker-credential-broken get a.b failed: keychain is locked',
  });
  helper('odd', 'echo "{\\"Secret\\":\\"geheim\\"}"');
  write({ credsStore: 'odd' });
  await assert.rejects(credentialsFor('a.b'), {
    message: 'docker-credential-odd get a.b: its answer has no Username and Secret',
  });
});
