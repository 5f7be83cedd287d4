import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { resourceOf } from '../../policy/declared.ts';
import { exceptionsOf } from '../../policy/exceptions.ts';
import { excuses, violationsOf } from '../../policy/judge.ts';
import { cerebral } from '../../systems/cerebral.ts';
import { slipway, stacks } from './rendering.ts';

const policy = (stack: string, locks = 'test/fixtures/locks') => slipway('policy', stack, '--locks', locks);

for (const stack of stacks) {
  test(`stack ${stack} keeps the rules`, () => {
    const { status, stdout, stderr } = policy(stack);
    assert.equal(status, 0, stderr);
    assert.match(stdout, new RegExp(`^stack ${stack} keeps all \\d+ rules: \\d+ resources, \\d+ places excused\\n$`));
    assert.equal(stderr, '');
  });
}

test('a stack that breaks a rule is an error with every place, and nothing on stdout', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-locks-'));
  const lock = readFileSync('test/fixtures/locks/local.yaml', 'utf8');
  writeFileSync(join(folder, 'local.yaml'), lock.replace(/ {6}linux\/amd64: \S+\n(?= {6}linux\/arm64)/g, ''));
  const { status, stdout, stderr } = policy('local', folder);
  rmSync(folder, { recursive: true });
  assert.equal(status, 1);
  assert.equal(stdout, '');
  const [head, ...lines] = stderr.trimEnd().split('\n');
  assert.match(head!, /^slipway: stack local: \d+ violations of the rules in docs\/policy\.md:$/);
  for (const line of lines) {
    assert.match(
      line,
      /^ {2}\S+ \S+: spec\.\S+: \[platforms\] found .+; allowed: an index with linux\/amd64; build it/,
    );
  }
  assert.ok(lines.some(line => line.includes('Deployment cerebral-platform/ai-services: ')));
});

test('what has no digest yet is not judged, and said so', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-locks-'));
  writeFileSync(join(folder, 'local.yaml'), 'version: 1\nimages:\n  cerebral/ai-services: waiting\nupstream: {}\n');
  const { status, stderr } = policy('local', folder);
  rmSync(folder, { recursive: true });
  assert.equal(status, 0, stderr);
  assert.match(stderr, /not judged: the image of Deployment registry\/registry, which is not in .*local\.yaml/);
});

test('every exception of the components and the catalogue is needed by a stack, and says why', async () => {
  const facts = {
    registries: [],
    upstream: [],
    nodes: [],
    platformsOf: async () => [],
    secretTexts: [],
    allSecrets: false,
  };
  const documents = stacks.flatMap(stack => parseAllDocuments(readFileSync(`test/golden/${stack}.yaml`, 'utf8')));
  const resources = documents.map(document => resourceOf('', '', document.toJS()));
  const violations = (await Promise.all(resources.map(resource => violationsOf(resource, facts)))).flat();
  const own = exceptionsOf(cerebral).filter(({ rule }) => !rule.includes('/'));
  const needless = own.filter(exception => !violations.some(violation => excuses(exception, violation)));
  assert.deepEqual(needless, []);
  for (const { reason } of exceptionsOf(cerebral)) assert.ok(reason.length > 30, reason);
});
