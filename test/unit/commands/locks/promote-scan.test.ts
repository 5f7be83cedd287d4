// A stack that asks for a scan takes no image by promotion that has not passed it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { runPromote } from '../../../../commands/locks/run.ts';
import type { ScanSettings } from '../../../../settings/scan.ts';
import { database, HOLE, judging, keptIn, NEW, OLD, scanned } from '../support/scanned.ts';
import { SERVICES, TwoStacks } from '../support/stacks.ts';

const [FIRST, SECOND] = SERVICES.map(name => `cerebral/${name}`) as [string, string];

/** Both services live on dev, scanned there: of the first `purls` is known. Staging asks for a scan. */
async function setUp(t: TestContext, purls: string[], settings: Partial<ScanSettings> = {}) {
  process.env.DOCKER_CONFIG = '/nowhere';
  const stacks = await TwoStacks.start(t);
  const scan = { database: database(stacks.folder), ...settings };
  stacks.configure('staging', { digests: 'lock', scan });
  const digests = stacks.publishLive(SERVICES, randomBytes(1000));
  const { dev, staging } = stacks.registries;
  await scanned(dev, FIRST, digests[FIRST]!, purls, judging(stacks.folder));
  await scanned(dev, SECOND, digests[SECOND]!, [NEW], judging(stacks.folder));
  const promote = (services: string[] = [], more: { unscanned?: boolean; dryRun?: boolean } = {}) =>
    runPromote(services, { from: 'dev', to: 'staging', stacks: stacks.folder, by: 'Ada', ...more });
  const writes = () => staging.requests.filter(request => /^(PUT|POST|PATCH)/.test(request));
  return { stacks, digests, dev, staging, promote, writes };
}

test('a finding over the threshold of the target stops the promotion; nothing is sent, and no lock written (A7)', async t => {
  const { stacks, promote, writes, digests } = await setUp(t, [OLD], { threshold: 'medium' });
  const before = stacks.lockText('staging');
  for (const dryRun of [true, false]) {
    await assert.rejects(promote([], { dryRun }), {
      message: new RegExp(
        `^ai-services: a vulnerability is medium or worse:\n {2}${HOLE} medium: requests 2\\.19\\.0 `,
      ),
    });
  }
  assert.deepEqual([writes(), stacks.lockText('staging')], [[], before]);
  await promote(['data-services']);
  assert.deepEqual(stacks.pinned('staging'), { [SECOND]: digests[SECOND] });
});

test('what passes arrives with the report of the target beside it; a second promotion scans and sends nothing (A7)', async t => {
  const { stacks, staging, dev, promote, writes, digests } = await setUp(t, [OLD], { threshold: 'critical' });
  await promote();
  assert.deepEqual(stacks.pinned('staging'), digests);
  for (const repository of [FIRST, SECOND]) {
    assert.deepEqual(keptIn(staging, repository), { reports: 2, boms: 2 });
    assert.deepEqual(keptIn(dev, repository), { reports: 1, boms: 2 });
  }
  staging.requests.length = 0;
  stacks.configure('staging', { digests: 'lock', scan: { database: database(stacks.folder), threshold: 'low' } });
  await promote();
  assert.deepEqual(writes(), [], 'what the lock names is not scanned again');
  staging.remove(FIRST, digests[FIRST]!);
  await assert.rejects(
    promote(),
    /^Error: ai-services: a vulnerability is low or worse/,
    'what was lost is sent again',
  );
});

test('--unscanned promotes what is refused (A7)', async t => {
  const { stacks, staging, promote, digests } = await setUp(t, [OLD], { threshold: 'low' });
  await promote([], { unscanned: true });
  assert.deepEqual(stacks.pinned('staging'), digests);
  assert.deepEqual(keptIn(staging, FIRST), { reports: 1, boms: 2 }, 'what came along with the copy');
});

test('a promotion needs the database that its stack names, and says so before it looks at an image (A7)', async t => {
  const { promote, dev } = await setUp(t, [OLD], { database: '/nowhere/osv' });
  dev.requests.length = 0;
  await assert.rejects(promote(), {
    message: /^Pulumi\.staging\.yaml: slipway:scan\.database: there is no \/nowhere\/osv; .*--unscanned$/,
  });
  assert.deepEqual(dev.requests, []);
});
