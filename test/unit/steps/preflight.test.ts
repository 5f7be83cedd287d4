import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { refuseBaseNames } from '../../../steps/contexts.ts';
import { StepFailure } from '../../../steps/failure.ts';
import { preflightBases } from '../../../steps/preflight.ts';
import { recordedLog } from './support/folder.ts';
import { ALIAS, REGISTRY, TestRegistry } from './support/registry.ts';

const PLATFORMS = ['linux/amd64', 'linux/arm64'];
const REMEDY = 'pulumi up --stack local';

async function setUp(t: TestContext, there = PLATFORMS) {
  const registry = await TestRegistry.start();
  t.after(() => registry.stop());
  const digest = registry.index('cerebral/ai-base', 'cpu', there);
  const reference = `${REGISTRY}/cerebral/ai-base:cpu@${digest}`;
  const { log, lines, text } = recordedLog();
  const check = (dockerfile: string, bases = [{ repository: 'cerebral/ai-base', tag: 'cuda', reference }]) =>
    preflightBases(
      registry.client(),
      { dockerfile, platforms: PLATFORMS, remedy: REMEDY, registry: REGISTRY, aliases: [ALIAS], bases },
      log,
    );
  return { registry, reference, digest, check, lines, text };
}

const FORMS: [name: string, dockerfile: string, context: string][] = [
  ['ARG BASE', `ARG BASE=${ALIAS}/cerebral/ai-base:cuda\nFROM \${BASE}\n`, `${ALIAS}/cerebral/ai-base:cuda`],
  [
    'ARG REGISTRY and BASE_IMAGE_TAG',
    `ARG REGISTRY=${REGISTRY}\nARG BASE_IMAGE_TAG=cuda\nFROM \${REGISTRY}/cerebral/ai-base:\${BASE_IMAGE_TAG}\n`,
    `${REGISTRY}/cerebral/ai-base:cuda`,
  ],
  ['the bare name', 'FROM cerebral/ai-base:cuda as base\nRUN true\n', 'cerebral/ai-base:cuda'],
];
for (const [name, dockerfile, context] of FORMS) {
  test(`a base written by ${name} is built on the pinned one, and the log says which variant it became`, async t => {
    const { check, reference, text } = await setUp(t);
    assert.deepEqual(await check(dockerfile), { [context]: reference });
    assert.ok(text().includes(`${context} → ${reference}`), text());
  });
}

test('the comment after an ARG is warned of before anything is looked up', async t => {
  const { check, lines } = await setUp(t);
  await check("ARG BASE_IMAGE_TAG=cuda  # or 'cpu'\nFROM cerebral/ai-base:${BASE_IMAGE_TAG}\n");
  assert.match(
    lines[0]!,
    /^warning: Dockerfile line 1: ARG has no comments .*"# or 'cpu'" is read as 3 more arguments/,
  );
});

test('a base that is missing is one line with what is there and the command that mends it', async t => {
  const { check, registry } = await setUp(t);
  registry.tags.clear();
  registry.manifests.clear();
  await assert.rejects(check('FROM cerebral/ai-base:cuda\n'), error => {
    assert.ok(error instanceof StepFailure);
    assert.match(error.message, /cerebral\/ai-base.*is not in 10\.34\.0\.202:5000.*linux\/amd64 and linux\/arm64/);
    assert.ok(error.message.includes(REMEDY));
    assert.ok(!error.message.includes('\n'));
    return true;
  });
});

test('a base for one platform only is named with the platform that is there', async t => {
  const { check } = await setUp(t, ['linux/arm64']);
  await assert.rejects(
    check('FROM cerebral/ai-base:cuda\n'),
    /linux\/arm64 only.*needed linux\/amd64 and linux\/arm64/,
  );
});

test('every missing base is told, each on a line of its own in the log', async t => {
  const { check } = await setUp(t);
  const dockerfile = `FROM ${REGISTRY}/a:1 AS one\nFROM ${REGISTRY}/b:1\nCOPY --from=one / /\n`;
  await assert.rejects(check(dockerfile), error => (error as StepFailure).details.length === 2);
});

test('a base that only one platform needs is looked up for that platform only', async t => {
  const { check, registry } = await setUp(t);
  const amd64 = registry.index('tools', 'amd64', ['linux/amd64']);
  const arm64 = registry.index('tools', 'arm64', ['linux/arm64']);
  const pinned = await check(`ARG TARGETARCH\nFROM ${REGISTRY}/tools:\${TARGETARCH}\n`);
  assert.deepEqual(pinned, {
    [`${REGISTRY}/tools:amd64`]: `${REGISTRY}/tools:amd64@${amd64}`,
    [`${REGISTRY}/tools:arm64`]: `${REGISTRY}/tools:arm64@${arm64}`,
  });
});

test('a base that the stack does not pin is pinned to what its tag is now, and the log says so', async t => {
  const { check, registry, text } = await setUp(t);
  const digest = registry.index('other', 'v1', PLATFORMS);
  await check(`FROM ${REGISTRY}/other:v1\n`);
  assert.ok(text().includes(`${REGISTRY}/other:v1 is now ${REGISTRY}/other:v1@${digest}`), text());
});

test('a Dockerfile without bases from outside needs no registry', async t => {
  const { check, registry } = await setUp(t);
  assert.deepEqual(await check('FROM scratch\nCOPY x /\n'), {});
  assert.deepEqual(registry.requests, []);
});

test('a Dockerfile that can not be read is told by its line', async t => {
  const { check } = await setUp(t);
  await assert.rejects(check('ARG A\nFROM ${A}\n'), /Dockerfile line 2/);
});

test('a stage with the name of its base is refused, because BuildKit would replace the stage', () => {
  for (const dockerfile of ['FROM python AS python\nRUN x\n', 'from python as Python\n']) {
    assert.throws(
      () => refuseBaseNames(['python'], dockerfile),
      /stage of the Dockerfile has the name of its base, python/,
    );
  }
  assert.doesNotThrow(() => refuseBaseNames(['python'], 'FROM python AS base\n'));
});
