import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { parseReference } from '../../../images/reference.ts';
import { pinnedSources, sourcePolicy } from '../../../steps/contexts.ts';
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
  const bases = [{ repository: 'cerebral/ai-base', tag: 'cuda', reference }];
  const check = async (dockerfile: string, buildPlatforms?: ReadonlyMap<string, string>) => {
    const request = { dockerfile, platforms: PLATFORMS, buildPlatforms, remedy: REMEDY };
    const sources = { registry: REGISTRY, aliases: [ALIAS], bases };
    return preflightBases(registry.client(), { ...request, ...sources }, log);
  };
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

test('a stage with the name of its base stays a stage: a source policy pins the base in the place of a context', () => {
  const pinned = { python: formatted('python'), 'node:22': formatted('node') };
  for (const dockerfile of ['FROM python AS python\nRUN x\n', 'from python as Python\n']) {
    const { contexts, sources } = pinnedSources(pinned, dockerfile);
    assert.deepEqual(contexts, { 'context:node:22': `docker-image://${formatted('node')}` });
    assert.deepEqual(sourcePolicy(sources), {
      version: 1,
      rules: [
        {
          action: 'CONVERT',
          selector: { identifier: 'docker-image://docker.io/library/python:latest', matchType: 'EXACT' },
          updates: { identifier: `docker-image://${formatted('python')}` },
        },
      ],
    });
  }
  const { contexts, sources } = pinnedSources(pinned, 'FROM python AS base\n');
  assert.equal(Object.keys(contexts).length, 2);
  assert.equal(sourcePolicy(sources), undefined);
});

test('a base by its digest is looked up and built on as it is, and the log says which one is the stack’s own', async t => {
  const { check, registry, reference, digest, text } = await setUp(t);
  const name = `${REGISTRY}/cerebral/ai-base`;
  assert.deepEqual(await check(`FROM ${name}:cpu@${digest}\n`), {
    [`${name}:cpu@${digest}`]: `${name}:cpu@${digest}`,
  });
  assert.ok(text().includes(`${name}:cpu@${digest} → ${name}:cpu@${digest}, by its digest\n`), text());
  const older = registry.index('cerebral/ai-base', 'older', PLATFORMS, 'older');
  assert.deepEqual(await check(`FROM ${ALIAS}/cerebral/ai-base@${older}\n`), {
    [`${ALIAS}/cerebral/ai-base@${older}`]: `${name}@${older}`,
  });
  assert.ok(text().includes(`@${older}, by its digest; the stack's own is now ${reference}`), text());
  const gone = `sha256:${'0'.repeat(64)}`;
  await assert.rejects(check(`FROM ${name}@${gone}\n`), /is not in 10\.34\.0\.202:5000/);
});

test('a base that is fixed to one platform is asked for that platform alone', async t => {
  const { check, registry } = await setUp(t);
  registry.index('tools', 'v1', ['linux/amd64']);
  const file = (platform: string) =>
    `FROM --platform=${platform} ${REGISTRY}/tools:v1 AS tools\nFROM scratch\nCOPY --from=tools / /\n`;
  await check(file('linux/amd64'));
  await assert.rejects(check(file('linux/arm64')), /linux\/amd64 only; needed linux\/arm64/);
  await assert.rejects(check(file('$BUILDPLATFORM')), /needed linux\/amd64 and linux\/arm64/);
  const emulated = new Map(PLATFORMS.map(platform => [platform, 'linux/amd64']));
  await check(file('$BUILDPLATFORM'), emulated);
});

function formatted(name: string): string {
  const { registry, repository } = parseReference(name);
  return `${registry}/${repository}@sha256:${'a'.repeat(64)}`;
}
