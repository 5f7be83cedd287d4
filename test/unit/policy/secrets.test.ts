import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violationsOf } from '../../../policy/judge.ts';
import { type Fields, Secret, unknown, type Value } from '../../../policy/resource.ts';
import type { Facts } from '../../../policy/rule.ts';
import { facts, resource } from './objects.ts';

const secret = new Secret('hidden');
const found = async (kind: string, fields: Fields, changes: Partial<Facts> = {}) =>
  (await violationsOf(resource(kind, fields), { ...facts, ...changes })).map(
    ({ rule, path, found }) => `${rule} ${path}: ${found}`,
  );
const inConfigMap = (name: string, value: Value) => found('ConfigMap', { data: { [name]: value } });
const repeated = (text: string, count: number) => text.repeat(count);

test('the values of a Secret are secrets of Pulumi, each of them', async () => {
  const stringData = { good: secret, later: unknown, empty: '', bad: 'plain' };
  assert.deepEqual(await found('Secret', { stringData }), [
    'secret stringData.bad: a text of 5 characters that Pulumi takes for plain',
  ]);
  assert.deepEqual(await found('Secret', { data: secret }), []);
});

test('a value of a Secret that is written in the program is found where every other secret is known', async () => {
  const stringData = new Secret({ good: 'it is 4711-secret', made: '', bad: 'written' });
  assert.deepEqual(await found('Secret', { stringData }), []);
  assert.deepEqual(await found('Secret', { stringData }, { allSecrets: true }), [
    'secret stringData.bad: a text of 7 characters that is written in the program',
  ]);
});

// Made up, each in two halves: what looks for secrets in a repository would find them here.
const texts: [string, string][] = [
  ['a private key', `-----BEGIN EC ${'PRIVATE KEY'}-----\nMIG`],
  ['a password hash', `joe:$2y$05$${repeated('a', 53)}`],
  ['a URL with a password', `see postgresql://joe:${'hunter2'}@db:5432/x`],
  ['a JSON web token', `eyJ${repeated('a', 12)}.eyJ${repeated('b', 12)}.${repeated('c', 12)}`],
  ['an access key of AWS', `AKIA${repeated('A', 16)}`],
  ['a key of Google', `AIza${repeated('a', 35)}`],
  ['a token of GitHub', `ghp_${repeated('a', 36)}`],
  ['a token of GitLab', `glpat-${repeated('a', 20)}`],
  ['a token of Slack', `xoxb-${repeated('1', 12)}`],
  ['a token of Hugging Face', `hf_${repeated('a', 34)}`],
  ['a key of an AI provider', `sk-proj-${repeated('a', 24)}`],
  ['a token of npm or PyPI', `npm_${repeated('a', 36)}`],
  ['the login of a docker config', `{"auths":{"x":{"auth": "${repeated('QUJD', 3)}"}}}`],
  ["a secret of the stack's configuration", 'it is 4711-secret, you know'],
];
for (const [what, text] of texts) {
  test(`${what} is found wherever it stands, and the message does not show it`, async () => {
    assert.deepEqual(await inConfigMap('notes', text), [`secret data.notes: ${what}`]);
    assert.deepEqual(await found('Command', { stdin: text }), [`secret stdin: ${what}`]);
    const [violation] = await violationsOf(resource('Command', { stdin: text }), facts);
    assert.ok(!JSON.stringify(violation).includes(text.slice(-8)));
  });
}

test('what only resembles a secret is none', async () => {
  const harmless = {
    url: 'https://github.com/baerautotech/cerebral',
    port: 'redis://redis.data.svc:6379/0',
    reference: 'postgresql://joe:$(DB_PASSWORD)@db/x',
    ssh: 'git@github.com:baerautotech/cerebral.git',
    image: `10.34.0.202:5000/cerebral/ai-services:main@sha256:${repeated('d', 64)}`,
    certificate: '-----BEGIN CERTIFICATE-----\nMIG',
    word: 'the task-runner-of-the-main-pipeline-is-long',
  };
  assert.deepEqual(await found('ConfigMap', { data: harmless }), []);
});

const names = [
  'DB_PASSWORD',
  'GITHUB_TOKEN',
  'api_key',
  'AWS_SECRET_ACCESS_KEY',
  'SIGNING_KEY',
  'webhook-secret',
  'token',
];
for (const name of names) {
  test(`a variable that is called ${name} may not hold a plain text`, async () => {
    const expected = `a plain text, and "${name}" names a secret`;
    assert.deepEqual(await inConfigMap(name, 'hunter2'), [`secret data.${name}: ${expected}`]);
    assert.deepEqual(await found('Command', { environment: { [name]: 'hunter2' } }), [
      `secret environment.${name}: ${expected}`,
    ]);
    assert.deepEqual(await found('Image', { buildArgs: { [name]: 'hunter2' } }), [
      `secret buildArgs.${name}: ${expected}`,
    ]);
    const env = [{ name, value: 'hunter2' }];
    const spec = { stepTemplate: { env }, steps: [{ ref: { name: 'x' }, env }] };
    const inSteps = (await found('Task', { spec })).filter(line => line.startsWith('secret '));
    assert.deepEqual(inSteps, [
      `secret spec.steps[0].env[0].value: ${expected}`,
      `secret spec.stepTemplate.env[0].value: ${expected}`,
    ]);
  });
}

test('a variable that names a secret may hold a path, a switch or a reference; names that say otherwise may hold all', async () => {
  for (const value of ['', '/run/secrets/token', 'true', '$(params.token)', '${TOKEN}']) {
    assert.deepEqual(await inConfigMap('GITHUB_TOKEN', value), [], value);
  }
  const others = ['TOKEN_FILE', 'ED25519_SIGNING_KEY_ID', 'MAX_TOKENS', 'PASSWORD_MIN_LENGTH', 'TOKENIZERS', 'KEY'];
  for (const name of others) assert.deepEqual(await inConfigMap(name, 'hunter2'), [], name);
});

test('a secret of Pulumi has no place in a ConfigMap, a variable or a build argument: who reads those reads it', async () => {
  const expected = (path: string) => [`secret ${path}: a secret of Pulumi, outside a Secret`];
  assert.deepEqual(await inConfigMap('notes', secret), expected('data.notes'));
  assert.deepEqual(await found('Image', { buildArgs: { X: secret } }), expected('buildArgs.X'));
  assert.deepEqual(await found('Command', { environment: { X: secret } }), [], 'stays in the state, encrypted');
});

test('what docker-build is given as a secret is one', async () => {
  assert.deepEqual(await found('Image', { secrets: { index: secret } }), []);
  assert.deepEqual(await found('Image', { secrets: { index: 'plain' } }), [
    'secret secrets.index: a text of 5 characters that Pulumi takes for plain',
  ]);
});
