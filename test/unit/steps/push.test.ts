import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Run } from '../../../cluster/runs.ts';
import { type Push, parsePush, whyBuilt } from '../../../steps/push.ts';
import { BASE } from './support/environment.ts';

const TO = {
  name: 'ai-services',
  image: 'cerebral/ai-services',
  changes: ['microservices/ai-services/', 'libs/common/', 'VERSION'],
};
const BASES = [{ repository: 'cerebral/ai-base', tag: 'cuda', reference: BASE }];
const push = (commits: string[][], more: object = {}): Push =>
  parsePush(
    JSON.stringify({
      ...{ ref: 'refs/heads/main', repository: { full_name: 'baerautotech/cerebral' }, after: 'a'.repeat(40) },
      commits: commits.map(added => ({ added })),
      ...more,
    }),
  );
const PUSH = push([[]]);
const changing = (...commits: string[][]): Push => push(commits);

interface Given {
  name?: string;
  at?: string;
  status?: string;
  annotations?: Record<string, string>;
  service?: string;
}
const run = ({ name = 'push-1', at = '2026-01-02T03:04:05Z', status = 'True', annotations, service }: Given): Run => ({
  metadata: { name, creationTimestamp: at, annotations: annotations ?? { 'slipway.dev/bases': BASE } },
  spec: {
    params: [
      { name: 'deployment-name', value: service ?? 'ai-services' },
      { name: 'image-name', value: `cerebral/${service ?? 'ai-services'}` },
    ],
  },
  ...(status !== '' && { status: { conditions: [{ type: 'Succeeded', status }] } }),
});
const why = (push: Push, ...runs: Run[]) => whyBuilt(push, TO, async () => runs, BASES);

test('a push builds the service whose files it changes, in whichever of its commits, and no other', async () => {
  assert.equal(
    await why(changing(['README.md'], ['microservices/ai-services/a.py'])),
    'the push changes files of microservices/ai-services/',
  );
  assert.equal(await why(changing(['microservices/ai-services-2/a.py'])), undefined);
  assert.equal(await why(changing(['README.md'], [])), undefined);
});

test('a push that changes shared files builds each service that names them, and says which', async () => {
  assert.equal(await why(changing(['libs/common/deep/a.py'])), 'the push changes files of libs/common/');
  assert.equal(
    await why(changing(['libs/common'])),
    'the push changes files of libs/common/',
    'a submodule is one path',
  );
  assert.equal(await why(changing(['VERSION'])), 'the push changes VERSION');
  assert.equal(await why(changing(['libs/other/a.py'], ['VERSION.md'], ['VERSION/a'])), undefined);
  const other = { ...TO, changes: ['microservices/data-services/'] };
  assert.equal(await whyBuilt(changing(['libs/common/a.py']), other, async () => [], BASES), undefined);
});

test('which services a push changes is what their paths say of its files, however odd these are', async () => {
  const part = fc.constantFrom('a', 'b', '..', '', '.', 'a b', '$(id)');
  const path = fc.array(part, { minLength: 1, maxLength: 5 }).map(parts => parts.join('/'));
  const rule = fc.oneof(
    path.map(file => file.replace(/\/+$/, '')).filter(file => file !== '' && file !== '.'),
    path.map(folder => `${folder}/`).filter(folder => folder !== './'),
    fc.constant('./'),
  );
  const below = (file: string, changes: string) =>
    changes === './' ||
    file === changes ||
    (changes.endsWith('/') && (file.startsWith(changes) || `${file}/` === changes));
  await fc.assert(
    fc.asyncProperty(fc.array(path, { minLength: 1 }), fc.array(rule), async (files, changes) => {
      const because = await whyBuilt(changing(files), { ...TO, changes }, async () => [], BASES);
      assert.equal(
        because !== undefined,
        files.some(file => changes.some(one => below(file, one))),
      );
    }),
    { examples: [[['/a'], ['/']]] },
  );
});

test('a push of 25 MB is weighed for 200 services in a moment', async () => {
  const commits = Array.from({ length: 2000 }, (_, c) =>
    Array.from({ length: 200 }, (_, i) => `other-${c}/deep/down/file-${i}`),
  );
  const large = changing(...commits);
  const start = Date.now();
  for (let i = 0; i < 200; i++)
    assert.equal(
      await whyBuilt(large, { ...TO, changes: [`s-${i}/`, 'libs/common/'] }, async () => [], BASES),
      undefined,
    );
  assert.ok(Date.now() - start < 1000, `${Date.now() - start} ms`);
});

test('a push that does not say what it changed builds all: a new branch, a forced push, a cut-off list', async () => {
  assert.match((await why({ ...PUSH, created: true }))!, /new/);
  assert.match((await why({ ...PUSH, forced: true }))!, /forced/);
  assert.match((await why(changing(...Array.from({ length: 2048 }, () => ['README.md']))))!, /more commits/);
});

test('an empty commit builds again what failed last, and leaves alone what succeeded on the bases of today', async () => {
  assert.equal(await why(PUSH, run({ status: 'False' })), 'an empty push, and its last run, push-1, has failed');
  assert.equal(await why(PUSH, run({})), undefined);
  assert.equal(await why(PUSH, run({ status: '' })), undefined, 'it is running');
  const later = { name: 'push-2', at: '2026-01-02T03:04:06Z' };
  assert.equal(await why(PUSH, run({ status: 'False' }), run(later)), undefined);
  assert.match((await why(PUSH, run({}), run({ ...later, status: 'False' })))!, /push-2, has failed/);
  assert.equal(await why(PUSH, run({}), run({ ...later, status: 'False', service: 'data-services' })), undefined);
});

test('of two runs in the same second a failed one counts, and a superseded one never', async () => {
  assert.match((await why(PUSH, run({}), run({ name: 'push-2', status: 'False' })))!, /push-2, has failed/);
  const superseded = {
    name: 'push-2',
    at: '2026-01-02T03:04:09Z',
    annotations: { 'slipway.dev/outcome': 'superseded: x' },
  };
  assert.match((await why(PUSH, run({ status: 'False' }), run(superseded)))!, /push-1, has failed/);
});

test('an empty commit builds again what stands on a base that the stack has no more', async () => {
  const old = BASE.replaceAll('b'.repeat(64), 'c'.repeat(64));
  const on = (bases: string) => run({ annotations: { 'slipway.dev/bases': bases } });
  assert.match((await why(PUSH, on(old)))!, /its base has changed since its last run, push-1$/);
  assert.match((await why(PUSH, on(`${BASE} ${old}`)))!, /its base has changed/);
  assert.equal(await why(PUSH, on('')), undefined, 'it stands on no base of the stack');
  assert.match((await why(PUSH, run({ annotations: {} })))!, /is not known/);
});

test('a service of which no run is known is built by an empty commit, and so is one whose runs can not be seen', async () => {
  assert.match((await why(PUSH))!, /no run of this service is known/);
  const blind = async () => {
    throw new Error('no answer');
  };
  assert.match((await whyBuilt(PUSH, TO, blind, BASES))!, /can't be seen \(no answer\)/);
});

test('runs are not asked for unless the push is empty', async () => {
  const never = async () => assert.fail('asked');
  await whyBuilt(changing(['README.md']), TO, never, BASES);
  await whyBuilt({ ...PUSH, forced: true }, TO, never, BASES);
});

test('whatever the payload holds, it is read or refused in one line that quotes nothing of it', () => {
  const commit = fc.record({ added: fc.anything(), modified: fc.anything() });
  const payload = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record({
        ref: fc.constantFrom('refs/heads/main', 7),
        repository: fc.constantFrom({ full_name: 'a/b' }, null),
        after: fc.constantFrom('a'.repeat(40), '$(id)', 7),
        created: fc.anything(),
        commits: fc.array(commit),
      })
      .map(value => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(payload, body => {
      try {
        const { paths } = parsePush(body).changed;
        assert.ok([...paths].every(file => typeof file === 'string'));
      } catch (error) {
        assert.match((error as Error).message, /^[^\n]*expected a push event$/);
      }
    }),
  );
});
