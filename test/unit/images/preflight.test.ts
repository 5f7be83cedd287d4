import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { mapBases, type StackBase } from '../../../images/bases.ts';
import type { Digest } from '../../../images/digest.ts';
import { findBases } from '../../../images/dockerfile.ts';
import { PreflightError, preflight } from '../../../images/preflight.ts';
import { RegistryClient } from '../../../images/registry.ts';
import { FakeRegistry, REGISTRY } from './fake-registry.ts';

const BOTH = ['linux/amd64', 'linux/arm64'];
const REMEDY = 'pulumi up --stack local';
const BASE = 'cerebral/ai-base';
const GONE = `sha256:ab12${'0'.repeat(60)}` as Digest;
let fake: FakeRegistry;
let client: RegistryClient;

beforeEach(async () => {
  fake = await FakeRegistry.start();
  const outside = { name: 'docker.io', aliases: [], url: fake.url };
  client = new RegistryClient({ endpoints: [...fake.endpoints, outside], retries: 0, timeout: 2000 });
});
afterEach(() => fake.stop());

const basesAt = (digest: Digest): StackBase[] =>
  ['cuda', 'cpu'].map(tag => ({ repository: BASE, tag, reference: `${REGISTRY}/${BASE}:cpu@${digest}` }));
const run = (dockerfile: string, digest: Digest = GONE, platforms = BOTH) => {
  const mapped = mapBases(findBases(dockerfile), { registry: REGISTRY, aliases: [], bases: basesAt(digest) });
  return preflight(client, mapped, platforms, REMEDY);
};
const fails = (promise: Promise<unknown>, ...lines: string[]) =>
  assert.rejects(promise, error => {
    assert.ok(error instanceof PreflightError);
    assert.deepEqual(error.lines, lines);
    assert.equal(error.message, lines.join('\n'));
    return true;
  });
const brief = (digest: string) => `${digest.slice(0, 19)}…`;

test('bases that are there for each platform come back by context name, with their digests', async () => {
  const base = fake.index(BASE, 'cpu', BOTH);
  const python = fake.index('library/python', '3.11-slim', [...BOTH, 'linux/s390x']);
  const found = await run(`FROM python:3.11-slim AS a\nFROM ${BASE}:cuda\nCOPY --from=a /x /y`, base);
  assert.deepEqual(
    [...found],
    [
      ['python:3.11-slim', `docker.io/library/python:3.11-slim@${python}`],
      [`${BASE}:cuda`, `${REGISTRY}/${BASE}:cpu@${base}`],
    ],
  );
});

test('a Dockerfile on scratch needs nothing, and asks nobody', async () => {
  assert.equal((await run('FROM scratch')).size, 0);
  assert.deepEqual(fake.requests, []);
});

test('a pinned base that is gone is told with what its tag has now', async () => {
  const now = fake.index(BASE, 'cpu', ['linux/arm64']);
  await fails(
    run(`FROM ${BASE}:cpu`),
    `base ${BASE}:cpu (pinned sha256:ab1200000000…) is not in ${REGISTRY}: tag cpu there is ${brief(now)} ` +
      `with linux/arm64 only; needed linux/amd64 and linux/arm64. Run: ${REMEDY}`,
  );
});

test('a base that is there for one platform only is told, and its variant under another name as well', async () => {
  const digest = fake.index(BASE, 'cpu', ['linux/arm64']);
  await fails(
    run(`FROM ${BASE}:cuda`, digest),
    `base ${BASE}:cpu (written ${BASE}:cuda, pinned ${brief(digest)}) in ${REGISTRY} ` +
      `has linux/arm64 only; needed linux/amd64 and linux/arm64. Run: ${REMEDY}`,
  );
});

test('a single-platform image counts by its config', async () => {
  const { digest } = fake.image('library/tool', '1', 'linux/arm64');
  const found = await run('FROM tool:1', GONE, ['linux/arm64']);
  assert.deepEqual([...found.values()], [`docker.io/library/tool:1@${digest}`]);
  await fails(
    run('\nFROM tool:1'),
    `base tool:1 in docker.io is ${brief(digest)} with linux/arm64 only; needed linux/amd64 and linux/arm64. ` +
      'Correct line 2 of the Dockerfile',
  );
});

test('a base is needed for the platform that FROM fixes, and no other', async () => {
  fake.index('library/tool', '1', ['linux/amd64']);
  assert.equal((await run('FROM --platform=linux/amd64 tool:1')).size, 1);
});

test('a tag that is missing is told with those that are there, the nearest first', async () => {
  for (const tag of ['cpu', 'cuda', 'cuda-old', 'a', 'b', 'c', 'd']) fake.index(BASE, tag, BOTH);
  await fails(
    run(`FROM ${BASE}:cudaa`),
    `base ${BASE}:cudaa is not in ${REGISTRY}: ${BASE} has no tag cudaa, but tags cuda, a, c, cpu, cuda-old and 2 more; ` +
      `needed linux/amd64 and linux/arm64. Run: ${REMEDY}`,
  );
});

test('a repository that is missing is told as such, and every base has a line of its own', async () => {
  await fails(
    run(`FROM ${BASE}:cpu AS a\nFROM pyton:3\nCOPY --from=a /x /y\nCOPY --from=nvidia/cuda@${GONE} /x /y`),
    `base ${BASE}:cpu (pinned sha256:ab1200000000…) is not in ${REGISTRY}: there is no image of ${BASE} at all; ` +
      `needed linux/amd64 and linux/arm64. Run: ${REMEDY}`,
    'base pyton:3 is not in docker.io: there is no image of library/pyton at all; ' +
      'needed linux/amd64 and linux/arm64. Correct line 2 of the Dockerfile',
    'base nvidia/cuda (pinned sha256:ab1200000000…) is not in docker.io: there is no image of nvidia/cuda at all; ' +
      'needed linux/amd64 and linux/arm64. Correct line 4 of the Dockerfile',
  );
});

test('an index that lost one of its manifests is told as damaged', async () => {
  const arm64 = fake.image(BASE, undefined, 'linux/arm64');
  const digest = fake.index(BASE, 'cpu', BOTH);
  fake.remove(BASE, arm64.digest);
  await fails(
    run(`FROM ${BASE}:cpu`, digest),
    `base ${BASE}:cpu (pinned ${brief(digest)}) is damaged: ${REGISTRY} has its index, and no longer its manifest ` +
      `for linux/arm64. Run: ${REMEDY}`,
  );
});

test('an image without platforms is told as such', async () => {
  const digest = fake.index(BASE, 'cpu', []);
  await fails(
    run(`FROM ${BASE}:cpu`, digest),
    `base ${BASE}:cpu (pinned ${brief(digest)}) in ${REGISTRY} has no platform at all; ` +
      `needed linux/amd64 and linux/arm64. Run: ${REMEDY}`,
  );
});

test('a registry that does not answer is told for each base, with no remedy that would not help', async () => {
  const { url } = fake;
  fake.stop();
  await fails(
    run(`FROM ${BASE}:cpu`),
    `base ${BASE}:cpu (pinned sha256:ab1200000000…) could not be looked up: registry ${REGISTRY} can't be reached at ` +
      `${url}: connection refused; check that it runs, and that this is its port. Run the build again once it answers`,
  );
});

test('bases are looked up side by side', async () => {
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) fake.index(`x/${name}`, '1', ['linux/amd64']);
  let open = 0;
  let most = 0;
  fake.delay = 30;
  fake.misbehave = (_, response) => {
    open += 1;
    most = Math.max(most, open);
    response.on('finish', () => {
      open -= 1;
    });
    return false;
  };
  const copies = names.map(name => `COPY --from=x/${name}:1 /x /y`);
  assert.equal((await run(['FROM scratch', ...copies].join('\n'), GONE, ['linux/amd64'])).size, 4);
  assert.ok(most >= 3, `at most ${most} at a time`);
});
