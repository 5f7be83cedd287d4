// Which scan is asked for of what goes where: stack files of a folder of their own.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { scanAskedBy, scansAskedFor } from '../../../../commands/scan/asked.ts';
import { settingsOf } from '../../../../commands/stack-file.ts';
import { temporaryFolder } from '../../steps/support/folder.ts';

const STAGING = 'staging.registry.example.com';

/** The committed stacks of two systems, whose databases are there. */
function setUp(t: TestContext) {
  const folder = temporaryFolder(t);
  const database = join(folder, 'osv');
  mkdirSync(database);
  const configure = (stack: string, changes: Record<string, unknown>, from = stack) => {
    const { config } = parse(readFileSync(`Pulumi.${from}.yaml`, 'utf8')) as { config: Record<string, unknown> };
    for (const [key, value] of Object.entries(changes)) config[`slipway:${key}`] = value;
    writeFileSync(join(folder, `Pulumi.${stack}.yaml`), stringify({ config }));
  };
  const stacks = ['ai-stack-local', 'ai-stack-staging', 'cybermesh-dev', 'cybermesh-prod', 'dev'];
  for (const stack of stacks) copyFileSync(`Pulumi.${stack}.yaml`, join(folder, `Pulumi.${stack}.yaml`));
  configure('ai-stack-staging', { scan: { database, threshold: 'medium' } });
  const asked = async (registry: string, repository?: string, system?: string) =>
    (await scansAskedFor({ registry, repository, system }, folder)).map(({ threshold }) => threshold);
  return { folder, database, configure, asked };
}

test("the stacks of a registry say how what goes there is scanned; what is no stack's is nobody's (A7)", async t => {
  const { asked } = setUp(t);
  assert.deepEqual(await asked(STAGING, 'ai-stack-aidb'), ['medium']);
  assert.deepEqual(await asked(STAGING, undefined, 'ai-stack'), ['medium']);
  assert.deepEqual(await asked('registry.example.org', 'app'), []);
  assert.deepEqual(await asked('localhost:5000', 'ai-stack-aidb'), []);
});

test('two stacks of one registry are both asked, once where they ask for the same; a prefix keeps them apart (A7)', async t => {
  const { asked, configure, database } = setUp(t);
  configure('ai-stack-other', { scan: { database, threshold: 'medium' } }, 'ai-stack-staging');
  assert.deepEqual(await asked(STAGING, 'app'), ['medium']);
  configure('ai-stack-other', { scan: { database, threshold: 'low' } }, 'ai-stack-staging');
  assert.deepEqual(await asked(STAGING, 'app'), ['low', 'medium']);

  configure('cybermesh-prod', { scan: { database, threshold: 'critical' } });
  const { 'slipway:registry': registry } = (
    parse(readFileSync('Pulumi.cybermesh-prod.yaml', 'utf8')) as {
      config: Record<string, { name: string; prefix: string }>;
    }
  ).config;
  assert.deepEqual(await asked(registry!.name, `${registry!.prefix}/backend`), ['critical']);
  assert.deepEqual(await asked(registry!.name, `${registry!.prefix}dev/backend`), []);
});

test("a shared registry whose stacks ask for no scan is told with the key to set; so is one that is no stack's (A7)", async t => {
  const { asked, configure, folder } = setUp(t);
  configure('ai-stack-staging', { scan: undefined });
  const message = `registry ${STAGING} is shared, and no stack of ai-stack says how images are scanned for it: set slipway:scan.database in Pulumi.ai-stack-staging.yaml, or push by --unscanned`;
  await assert.rejects(asked(STAGING, 'ai-stack-aidb'), { message });
  const staging = await settingsOf('ai-stack-staging', folder);
  assert.throws(() => scanAskedBy(staging), { message });
  await assert.rejects(
    asked('registry.example.org', undefined, 'ai-stack'),
    /^Error: registry registry\.example\.org is shared/,
  );
  for (const stack of ['dev', 'ai-stack-local', 'cybermesh-prod']) {
    assert.equal(scanAskedBy(await settingsOf(stack, folder)), undefined, stack);
  }
});
