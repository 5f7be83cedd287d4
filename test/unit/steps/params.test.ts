import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isInnerPath } from '../../../steps/checks.ts';
import { ParameterFailure } from '../../../steps/environment.ts';
import { buildParams, fetchParams, rolloutParams, runName } from '../../../steps/params.ts';
import { BASE, COMMIT, DIGEST, environment } from './support/environment.ts';
import { ALIAS, REGISTRY } from './support/registry.ts';

/** The faults of reading `more` over a valid environment. */
function faults(read: (env: NodeJS.ProcessEnv) => unknown, more: Record<string, string | undefined>) {
  try {
    read(environment(more));
  } catch (error) {
    assert.ok(error instanceof ParameterFailure, String(error));
    assert.ok(!error.message.includes('\n'), 'a reason is one line');
    return error.faults;
  }
  return assert.fail(`nothing was wrong with ${JSON.stringify(more)}`);
}

test('the parameters of the manual run in seed 000 are read as they are written there', () => {
  const { repoUrl, branch, commit, dockerfile, context, registry, repository } = fetchParams(environment());
  assert.deepEqual([repoUrl, branch, commit], ['https://github.com/baerautotech/cerebral', 'main', undefined]);
  assert.deepEqual([dockerfile, context], ['microservices/ai-services/Dockerfile', './microservices/ai-services/']);
  assert.deepEqual([registry, repository], [REGISTRY, 'cerebral/ai-services']);
});

test('branch and image tag are main where a run names none', () => {
  const none = environment({ PARAM_REPO_BRANCH: '', PARAM_IMAGE_TAG: undefined });
  assert.equal(fetchParams(none).branch, 'main');
  assert.equal(buildParams(none).imageTag, 'main');
});

test("an alias of the registry becomes the registry's own name", () => {
  assert.equal(fetchParams(environment({ PARAM_REGISTRY_URL: ALIAS })).registry, REGISTRY);
});

test('a commit is taken by its full hash', () => {
  assert.equal(fetchParams(environment({ PARAM_COMMIT: COMMIT })).commit, COMMIT);
});

test('the forms in JSON and lists become values', () => {
  const git = [['url.http://10.36.0.1:3000/.insteadOf', 'https://github.com/baerautotech/']];
  const params = fetchParams(environment({ SLIPWAY_GIT_CONFIG: JSON.stringify(git) }));
  assert.deepEqual(params.gitSettings, git);
  assert.deepEqual(params.bases, [{ repository: 'cerebral/ai-base', tag: 'cuda', reference: BASE }]);
  assert.deepEqual(params.platforms, ['linux/amd64', 'linux/arm64']);
  const builders = { 'linux/amd64': 'tcp://amd64:1234', 'linux/arm64': 'tcp://arm64:1234' };
  assert.deepEqual(buildParams(environment()).builder, { builders, tls: '/buildkit-client' });
});

test('a stack of Kaniko names its pods in place of builders, and each fault of that is told', () => {
  const kaniko = {
    namespace: 'slipway-build',
    serviceAccount: 'kaniko',
    image: `cgr.dev/chainguard/kaniko:1.25.0@${DIGEST}`,
    stepImage: `10.34.0.202:5000/slipway/step:main@${DIGEST}`,
    resources: { cpu: '1', memory: '2Gi' },
    emulate: ['linux/arm64'],
  };
  const given = (value: object) =>
    environment({ SLIPWAY_BUILDERS: undefined, SLIPWAY_BUILDER_TLS: undefined, SLIPWAY_KANIKO: JSON.stringify(value) });
  assert.deepEqual(buildParams(given(kaniko)).builder, { kaniko, gitSettings: [] });
  assert.throws(
    () => buildParams(given({ ...kaniko, image: 'kaniko:1', resources: { cpu: '1' } })),
    /SLIPWAY_KANIKO: found no memory; allowed: JSON/,
  );
  const builder = buildParams(given({ ...kaniko, login: 'slipway-registry' })).builder;
  assert.deepEqual(builder, { kaniko: { ...kaniko, login: 'slipway-registry' }, gitSettings: [] });
  assert.throws(() => buildParams(given({ ...kaniko, login: 7 })), /found a login that names no Secret/);
  assert.throws(() => buildParams(given({ ...kaniko, image: 'kaniko:1' })), /found "kaniko:1", which has no digest/);
});

test('a rollout gets its timeout in milliseconds', () => {
  const { digest, commit, timeout, stack } = rolloutParams(environment());
  assert.deepEqual([digest, commit, timeout, stack], [DIGEST, COMMIT, 60_000, 'local']);
});

test('every fault is reported at once, with name, finding and what is allowed', () => {
  const found = faults(fetchParams, {
    PARAM_REPO_URL: 'ftp://x/y',
    PARAM_DOCKERFILE: '../Dockerfile',
    PARAM_DEPLOYMENT_NAMESPACE: 'Cerebral',
    SLIPWAY_PLATFORMS: 'linux',
    SLIPWAY_REMEDY: undefined,
  });
  const names = ['repo-url', 'dockerfile', 'SLIPWAY_PLATFORMS', 'SLIPWAY_REMEDY', 'deployment-namespace'];
  assert.deepEqual(found.map(({ name }) => name).sort(), names.sort());
  const dockerfile = found.find(({ name }) => name === 'dockerfile');
  assert.deepEqual(dockerfile, {
    name: 'dockerfile',
    found: '"../Dockerfile"',
    allowed: 'a relative path inside the repository',
  });
});

const REFUSED: [parameter: string, values: string[]][] = [
  [
    'PARAM_REPO_URL',
    ['', 'github.com/x/y', 'file:///etc', '--upload-pack=touch x', 'ext::sh -c id', 'https://host', 'http://a b/c'],
  ],
  [
    'PARAM_IMAGE_NAME',
    ['', 'Cerebral/x', 'cerebral/x:main', 'cerebral//x', '../x', 'cerebral/x;id', `${REGISTRY}/cerebral/x`],
  ],
  [
    'PARAM_REPO_BRANCH',
    [
      '-f',
      '--upload-pack=x',
      'a b',
      'a;id',
      'a$(id)',
      'a`id`',
      'a..b',
      '../a',
      '/a',
      'a/',
      'a//b',
      'a/.b',
      'a.lock',
      'a~1',
      'a^',
      'a:b',
      'refs/heads/main',
      "a'b",
      'a\\b',
      'a|b',
      'a&b',
      'a>b',
      'a*',
    ],
  ],
  ['PARAM_COMMIT', ['abc1234', 'main', COMMIT.toUpperCase(), `${COMMIT}0`]],
  ['PARAM_DOCKERFILE', ['/etc/passwd', '..', '../x', 'a/../../x', 'a\\b', 'a\nb']],
  ['PARAM_BUILD_CONTEXT', ['', '/', '../', './../x', 'a/b/../../../c']],
  [
    'PARAM_IMAGE_TAG',
    [
      'a b',
      '-a',
      'a/b',
      'live-local',
      'kaniko-linux-amd64',
      `${COMMIT.slice(0, 12)}-${COMMIT.slice(0, 12)}`,
      'x'.repeat(129),
    ],
  ],
  ['PARAM_REGISTRY_URL', ['', 'http://10.34.0.202:5000', '10.34.0.202:5000/', 'a b']],
  ['PARAM_DEPLOYMENT_NAME', ['', 'Ai', 'a/b', '../a', 'a?b', Array(9).fill('a'.repeat(30)).join('.')]],
  ['PARAM_DEPLOYMENT_NAMESPACE', ['', 'a.b', 'a/b', '-a', 'a'.repeat(64)]],
  ['SLIPWAY_WORK', ['', 'work']],
  ['SLIPWAY_ENDPOINTS', ['x', 'x=ftp://y']],
  ['SLIPWAY_PLATFORMS', ['', 'amd64', 'linux/amd64,linux/amd64', 'linux/arm64,linux/aarch64']],
  [
    'SLIPWAY_BASES',
    [
      '',
      '{}',
      '[{}]',
      'x',
      JSON.stringify([{ repository: 'a', tag: 'b', reference: `${REGISTRY}/a:b` }]),
      JSON.stringify([{ repository: 'a', tag: 'b', reference: BASE, images: 'a' }]),
    ],
  ],
  [
    'SLIPWAY_GIT_CONFIG',
    ['x', '{}', '[["a"]]', '[["a.b"]]', '[["nodot", "x"]]', '[["a.b", 1]]', '[["a.b", "c", "d"]]'],
  ],
];
for (const [parameter, values] of REFUSED) {
  for (const value of values) {
    test(`${parameter} refuses ${JSON.stringify(value.slice(0, 60))}`, () => {
      assert.equal(faults(fetchParams, { [parameter]: value || undefined }).length, 1);
    });
  }
}

const TAKEN: [parameter: string, values: string[]][] = [
  [
    'PARAM_REPO_URL',
    ['http://10.36.0.1:3000/cerebral.git', 'https://user:pass@host/x', 'ssh://git@github.com/x/y.git'],
  ],
  ['PARAM_REPO_BRANCH', ['feature/login', 'release-1.2', 'user@topic', 'a+b=c', 'v1.0', 'UPPER_case']],
  ['PARAM_BUILD_CONTEXT', ['.', './', 'a/../b', 'with space', 'größe', '..a']],
  ['PARAM_IMAGE_TAG', ['main', 'v1.2.3', 'PR-7', 'alive-local']],
  ['PARAM_IMAGE_NAME', ['x', 'cerebral/ai-services', 'a/b/c', 'a__b/c.d']],
];
for (const [parameter, values] of TAKEN) {
  for (const value of values) {
    test(`${parameter} takes ${JSON.stringify(value)}`, () => void fetchParams(environment({ [parameter]: value })));
  }
}

test('a base image of the stack is no image that a run may build', () => {
  const [fault] = faults(fetchParams, { PARAM_IMAGE_NAME: 'cerebral/ai-base' });
  assert.match(fault!.allowed, /base image/);
});

test('a base that names an image holds for that image before the one that holds for all', () => {
  const base = (name: string, images?: string[]) => ({
    repository: 'cerebral/ai-base',
    tag: 'cuda',
    reference: BASE.replace('b'.repeat(64), name.repeat(64)),
    images,
  });
  const bases = JSON.stringify([base('1', ['cerebral/ai-services']), base('2', ['cerebral/other']), base('3')]);
  const chosen = (PARAM_IMAGE_NAME: string) =>
    fetchParams(environment({ SLIPWAY_BASES: bases, PARAM_IMAGE_NAME })).bases.map(({ reference }) => reference.at(-1));
  assert.deepEqual(chosen('cerebral/ai-services'), ['1', '3']);
  assert.deepEqual(chosen('cerebral/data-services'), ['3']);
});

test('every platform needs a builder', () => {
  const builders = JSON.stringify({ 'linux/amd64': 'tcp://amd64:1234' });
  const [fault] = faults(buildParams, { SLIPWAY_BUILDERS: builders });
  assert.equal(fault!.found, 'no builder for linux/arm64');
  for (const address of ['amd64:1234', 'tcp://amd64', 'http://amd64:1234', 'tcp://a b:1']) {
    assert.ok(faults(buildParams, { SLIPWAY_BUILDERS: JSON.stringify({ 'linux/amd64': address }) }).length > 0);
  }
});

test('a rollout refuses what is no digest, no commit, no stack, no time', () => {
  const found = faults(rolloutParams, {
    PARAM_DIGEST: 'main',
    PARAM_SOURCE_COMMIT: 'main',
    SLIPWAY_STACK: 'a/b',
    SLIPWAY_ROLLOUT_TIMEOUT: '1m',
  });
  assert.deepEqual(
    found.map(({ name }) => name),
    ['digest', 'source-commit', 'SLIPWAY_STACK', 'SLIPWAY_ROLLOUT_TIMEOUT'],
  );
  assert.equal(faults(rolloutParams, { SLIPWAY_ROLLOUT_TIMEOUT: '0' }).length, 1);
});

test('a password in a refused value is not shown', () => {
  const [fault] = faults(fetchParams, { PARAM_REPO_URL: 'ftp://me:hunter-two@host/x' });
  assert.ok(!fault!.found.includes('hunter-two'), fault!.found);
  const secret = '[["http.extraHeader", "Authorization: Bearer hunter-two"]';
  assert.ok(!JSON.stringify(faults(fetchParams, { SLIPWAY_GIT_CONFIG: secret })).includes('hunter-two'));
});

test('a path that is taken never leaves the repository, and one that stays is never refused', () => {
  const part = fc.oneof(fc.constant('..'), fc.constant('.'), fc.constant(''), fc.constantFrom('a', 'b c', '...', 'ä'));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), parts => {
      const path = parts.join('/');
      let depth = 0;
      // As a file system walks: every step is counted, and the way must never end above the start.
      for (const name of parts) depth += name === '..' ? -1 : name === '.' || name === '' ? 0 : 1;
      const stays = path !== '' && !path.startsWith('/') && depth >= 0 && lowest(parts) >= 0;
      if (stays) assert.equal(isInnerPath(path), undefined, path);
      if (path.startsWith('/') || depth < 0) assert.notEqual(isInnerPath(path), undefined, path);
    }),
  );
});

function lowest(parts: string[]): number {
  let depth = 0;
  return Math.min(...parts.map(name => (depth += name === '..' ? -1 : name === '.' || name === '' ? 0 : 1)));
}

test('the run is known by two variables, and its absence is no fault', () => {
  assert.deepEqual(runName({ SLIPWAY_RUN_NAME: 'push-x1', SLIPWAY_RUN_NAMESPACE: 'tekton-pipelines' }), {
    name: 'push-x1',
    namespace: 'tekton-pipelines',
  });
  assert.equal(runName({}), undefined);
  assert.equal(runName({ SLIPWAY_RUN_NAME: '../x', SLIPWAY_RUN_NAMESPACE: 'tekton-pipelines' }), undefined);
});

test('a full hash as repo-branch is a commit; beside a commit it is passed over', () => {
  const { branch, commit } = fetchParams(environment({ PARAM_REPO_BRANCH: COMMIT }));
  assert.deepEqual([branch, commit], [undefined, COMMIT]);
  const both = fetchParams(environment({ PARAM_REPO_BRANCH: 'f'.repeat(40), PARAM_COMMIT: COMMIT }));
  assert.deepEqual([both.branch, both.commit], [undefined, COMMIT]);
  assert.equal(fetchParams(environment({ PARAM_REPO_BRANCH: COMMIT.slice(0, 12) })).branch, COMMIT.slice(0, 12));
  const pushed = { PARAM_REPO_BRANCH: COMMIT, PARAM_CHANGES: './' };
  assert.equal(faults(fetchParams, pushed)[0]!.name, 'changes');
});

test("the paths of a push's service are read as a list, each inside the repository", () => {
  const pushed = (changes: string) => ({ PARAM_COMMIT: COMMIT, PARAM_CHANGES: changes });
  const read = (changes: string) => fetchParams(environment(pushed(changes))).push?.changes;
  assert.deepEqual(read('./microservices/a/ libs/common/ VERSION'), ['microservices/a/', 'libs/common/', 'VERSION']);
  assert.deepEqual(read('./'), ['./']);
  assert.equal(read(''), undefined);
  assert.equal(faults(fetchParams, pushed('libs/ ../outside/'))[0]!.allowed, 'a relative path inside the repository');
});

test('whether layers are kept is the stack’s word for an image, whatever the run', () => {
  const cache = (images?: string) => buildParams(environment({ SLIPWAY_CACHED_IMAGES: images })).cache;
  assert.deepEqual([cache(), cache('cerebral/ai'), cache('cerebral/x,cerebral/ai-services')], [false, false, true]);
});
