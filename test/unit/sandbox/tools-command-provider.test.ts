import assert from 'node:assert/strict';
import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CommandProvider } from '../../../sandbox/tools/command-provider/provider.ts';
import { asSecret, holdsSecret, plain } from '../../../sandbox/tools/command-provider/values.ts';
import { folderFor } from './tools-fixture.ts';

const urn = 'urn:pulumi:local::slipway::slipway:components:Image$command:local:Command::verify';
const quiet = { logging: 'none' };
const provider = () => new CommandProvider();

test('create runs the command with its folder, environment, input and interpreter, and gives what it wrote', async t => {
  const dir = await realpath(await folderFor(t));
  const inputs = {
    ...quiet,
    create: 'echo "$WHO $(pwd)"; cat; echo oh >&2',
    dir,
    environment: { WHO: 'me' },
    stdin: 'in\n\n',
  };
  const { id, outs } = await provider().create(urn, inputs);
  assert.match(id, /^verify[0-9a-f]{8}$/);
  assert.deepEqual(outs, { ...inputs, stdout: `me ${dir}\nin\n`, stderr: 'oh' });
  const other = await provider().create(urn, {
    ...quiet,
    create: 'console.log(6 * 7)',
    interpreter: [process.execPath, '-e'],
  });
  assert.equal(other.outs.stdout, '42');
});

test('update runs `update`, or `create` where there is none, and sees what was written before', async () => {
  const before = { stdout: 'first', stderr: 'hm' };
  const create = 'echo "again $PULUMI_COMMAND_STDOUT"';
  const stdout = async (news: object) =>
    (await provider().update('id', urn, before, { ...quiet, ...news })).outs.stdout;
  assert.equal(
    await stdout({ create, update: 'echo "after $PULUMI_COMMAND_STDOUT $PULUMI_COMMAND_STDERR"' }),
    'after first hm',
  );
  assert.equal(await stdout({ create }), 'again first');
  assert.equal(await stdout({ create, addPreviousOutputInEnv: false }), 'again ');
  assert.equal(await stdout({}), 'first');
});

test('delete runs `delete` with the inputs and outputs of the state', async t => {
  const dir = await folderFor(t);
  await provider().delete('id', urn, {
    ...quiet,
    dir,
    delete: 'echo "$PULUMI_COMMAND_STDOUT" > gone',
    stdout: 'was',
    stderr: '',
  });
  assert.equal(await readFile(join(dir, 'gone'), 'utf8'), 'was\n');
  await provider().delete('id', urn, { create: 'exit 1', stdout: '', stderr: '' });
});

test('other triggers replace, any other input updates, equal inputs change nothing', async () => {
  const state = { create: 'a', triggers: ['x', { y: 1 }], stdout: 'o', stderr: '' };
  const diff = (news: object) => provider().diff('id', urn, state, news as Record<string, unknown>);
  assert.deepEqual(await diff({ create: 'a', triggers: ['x', { y: 1 }] }), { changes: false, replaces: [] });
  assert.deepEqual(await diff({ create: 'a', triggers: [asSecret('x'), { y: 1 }] }), { changes: false, replaces: [] });
  assert.deepEqual(await diff({ create: 'b', triggers: ['x', { y: 1 }] }), { changes: true, replaces: [] });
  assert.deepEqual(await diff({ create: 'a', triggers: ['x', { y: 2 }] }), { changes: true, replaces: ['triggers'] });
  assert.deepEqual(await diff({ create: 'a' }), { changes: true, replaces: ['triggers'] });
});

test('a failing command is told with its line, its status and the last it wrote', async () => {
  const run = (create: string) => provider().create(urn, { ...quiet, create });
  await assert.rejects(
    run('echo no such image >&2; exit 3'),
    /^Error: echo no such image .*: exit status 3\nno such image$/s,
  );
  await assert.rejects(run('echo only here; exit 1'), /exit status 1\nonly here/);
  await assert.rejects(run('kill -9 $$'), /ended by SIGKILL/);
  await assert.rejects(
    provider().create(urn, { create: 'true', dir: 'no/such' }),
    /dir: no\/such does not exist \(seen from /,
  );
});

test('what a command with a secret input wrote is a secret, and is not logged', async t => {
  const logged = t.mock.method(console, 'log', () => {});
  const { outs } = await provider().create(urn, { create: 'echo $KEY', environment: { KEY: asSecret('hush') } });
  assert.ok(holdsSecret(outs.stdout));
  assert.equal(plain(outs.stdout), 'hush');
  assert.deepEqual(outs.environment, { KEY: asSecret('hush') });
  assert.equal(logged.mock.callCount(), 0);
  await provider().create(urn, { create: 'echo seen' });
  assert.deepEqual(
    logged.mock.calls.map(call => call.arguments),
    [['seen']],
  );
});

test('a cancelled run ends the command and all that it started', async t => {
  const dir = await folderFor(t);
  const served = provider();
  const running = served.create(urn, { ...quiet, dir, create: 'sleep 600 | sleep 600' });
  running.catch(() => {});
  setTimeout(() => served.cancel(), 300);
  await assert.rejects(running, /ended by SIGKILL/);
});

test('what the stand-in does not serve is refused with the way to the real plugin', async () => {
  const remote = urn.replace('command:local:Command', 'command:remote:Command');
  await assert.rejects(
    provider().check(remote, {}, {}),
    /command:remote:Command; install the plugin: pulumi plugin install/,
  );
  const { failures } = await provider().check(urn, {}, { create: 'a', assetPaths: ['*'] });
  assert.deepEqual(
    failures?.map(failure => failure.property),
    ['assetPaths'],
  );
});
