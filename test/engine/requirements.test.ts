// The bases' Python packages with the real resolver: a made-up index on the loopback, and the machine's own for what is
// committed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { lockRequirements, makeLock } from '../../commands/requirements/lock.ts';
import { printLock, readLock } from '../../commands/requirements/lock-folder.ts';
import { findUv } from '../../commands/requirements/uv.ts';
import { argDefault } from '../../images/dockerfile.ts';
import { makeZip } from '../zip.ts';
import { type PackageIndex, startPackageIndex } from './package-index.ts';

const [amd64, arm64] = ['cp311-cp311-manylinux_2_17_x86_64', 'cp311-cp311-manylinux_2_17_aarch64'];
const nowhere = 'http://127.0.0.1:9/simple';

/** An index, a list, and uv with nothing but that index. */
async function setUp(t: TestContext, text: string, wheels: Parameters<typeof startPackageIndex>) {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-requirements-'));
  const index = await startPackageIndex(...wheels);
  t.after(async () => {
    await index.close();
    await rm(folder, { recursive: true });
  });
  const list = join(folder, 'list.txt');
  writeFileSync(list, text);
  const env = { ...process.env, UV_DEFAULT_INDEX: index.url, UV_NO_CACHE: '1', UV_FIND_LINKS: undefined };
  const uv = await findUv(env);
  const part = (name: string) => readFile(join(`${list}.lock`, name), 'utf8');
  return { folder, list, index, env, uv, part };
}

const lines = (text: string) => text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
const hashesOf = (index: PackageIndex, ...files: string[]) =>
  files
    .map(file => `    --hash=sha256:${index.hashes[`${file}.whl`]}`)
    .sort()
    .join(' \\\n')
    .split('\n');

test('a list is locked for both platforms, with what its packages bring and the hashes of what fits there (C5)', async t => {
  const wheels = [
    { name: 'app', version: '1.0', requires: ['native>=1', 'simd; platform_machine == "x86_64"'] },
    { name: 'native', version: '1.0', tag: amd64 },
    { name: 'native', version: '1.0', tag: arm64 },
    { name: 'native', version: '1.0', tag: 'cp311-cp311-macosx_11_0_arm64' },
    { name: 'native', version: '1.0', tag: 'cp312-cp312-manylinux_2_17_x86_64' },
    { name: 'simd', version: '3.0', tag: amd64 },
  ];
  const { list, index, uv, part } = await setUp(t, 'app==1.0\n', wheels);
  assert.deepEqual(await lockRequirements(uv, list, { torchIndex: nowhere }), {
    packages: 3,
    changed: true,
    notes: [],
  });
  assert.deepEqual(lines(await part('wheels.txt')), [
    'app==1.0 \\',
    ...hashesOf(index, 'app-1.0-py3-none-any'),
    'native==1.0 \\',
    ...hashesOf(index, `native-1.0-${amd64}`, `native-1.0-${arm64}`),
    "simd==3.0 ; platform_machine == 'x86_64' \\",
    ...hashesOf(index, `simd-3.0-${amd64}`),
  ]);
  assert.deepEqual(await readdir(`${list}.lock`), ['wheels.txt']);
});

test('what is locked stays, until the list no longer fits it or an upgrade is asked for', async t => {
  const { list, index, uv, part } = await setUp(t, 'app==1.0\n', [
    { name: 'app', version: '1.0', requires: ['brought'] },
    { name: 'brought', version: '1.0' },
  ]);
  const lock = (upgrade?: boolean) => lockRequirements(uv, list, { upgrade, torchIndex: nowhere });
  await lock();
  index.add({ name: 'brought', version: '2.0' }, { name: 'app', version: '1.1', requires: ['brought>=2'] });
  assert.equal((await lock()).changed, false);
  assert.match(await part('wheels.txt'), /^brought==1\.0 /m);
  assert.equal((await lock(true)).changed, true);
  assert.match(await part('wheels.txt'), /^brought==2\.0 /m);
  index.add({ name: 'brought', version: '3.0' });
  writeFileSync(list, 'app==1.1\n');
  assert.equal((await lock()).changed, true);
  assert.match(await part('wheels.txt'), /^app==1\.1 [\s\S]*^brought==2\.0 /m);
});

test('a version that only one platform has is taken there; the other keeps what it can have', async t => {
  const { list, uv, part } = await setUp(t, 'app==1.0\n', [
    { name: 'app', version: '1.0', requires: ['native'] },
    { name: 'native', version: '1.0', tag: amd64 },
    { name: 'native', version: '1.0', tag: arm64 },
    { name: 'native', version: '2.0', tag: amd64 },
  ]);
  const lock = () => lockRequirements(uv, list, { torchIndex: nowhere });
  await lock();
  const text = await part('wheels.txt');
  assert.match(text, /^native==1\.0 ; platform_machine == 'aarch64' /m);
  assert.match(text, /^native==2\.0 ; platform_machine == 'x86_64' /m);
  assert.equal((await lock()).changed, false);
});

const torch = [
  { name: 'torch', version: '2.4.1', tag: amd64, requires: ['sympy', 'nvidia-x; platform_machine == "x86_64"'] },
  { name: 'torch', version: '2.4.1', tag: arm64, requires: ['sympy', 'nvidia-x; platform_machine == "x86_64"'] },
  { name: 'nvidia-x', version: '12.1', tag: amd64 },
  { name: 'sympy', version: '1.0' },
  { name: 'user', version: '1.0', requires: ['torch', 'simd; platform_machine == "x86_64"'] },
  { name: 'simd', version: '3.0', tag: amd64 },
];
const cpuOnly = { name: 'torch', version: '2.4.1+cpu', tag: 'cp311-cp311-linux_x86_64', requires: ['sympy'] };

test('Torch stands apart, with what CUDA needs; its cpu build for amd64 is locked from an index of its own', async t => {
  const { list, index, uv, part } = await setUp(t, 'torch==2.4.1\nuser==1.0\n', torch);
  const other = await startPackageIndex(cpuOnly);
  t.after(() => other.close());
  assert.deepEqual((await lockRequirements(uv, list, { torchIndex: other.url })).notes, []);
  const names = (text: string) => lines(text).flatMap(line => /^[a-z][^ ]*/.exec(line) ?? []);
  assert.deepEqual(names(await part('wheels.txt')), ['simd==3.0', 'sympy==1.0', 'user==1.0']);
  assert.deepEqual(lines(await part('torch.txt')), [
    "nvidia-x==12.1 ; platform_machine == 'x86_64' \\",
    ...hashesOf(index, `nvidia_x-12.1-${amd64}`),
    'torch==2.4.1 \\',
    ...hashesOf(index, `torch-2.4.1-${amd64}`, `torch-2.4.1-${arm64}`),
  ]);
  const cpu = await part('torch-cpu.txt');
  assert.deepEqual(lines(cpu), ['torch==2.4.1+cpu \\', ...hashesOf(other, 'torch-2.4.1+cpu-cp311-cp311-linux_x86_64')]);
  assert.doesNotMatch(cpu, /Not locked/);

  await other.close();
  const again = await lockRequirements(uv, list, { upgrade: true, torchIndex: other.url });
  assert.deepEqual([again.changed, again.notes], [false, []], 'what is known stays known while the index is away');
});

test('where the index of the cpu builds is out of reach, they are pinned by version, and that is said', async t => {
  const { list, uv, part } = await setUp(t, 'torch==2.4.1\nuser==1.0\n', torch);
  const { notes } = await lockRequirements(uv, list, { torchIndex: nowhere });
  assert.equal(notes.length, 1);
  assert.match(notes[0]!, /^pinned without a hash: torch==2\.4\.1\+cpu: http:\/\/127\.0\.0\.1:9\/simple has no answer/);
  const text = await part('torch-cpu.txt');
  assert.deepEqual(lines(text), ['torch==2.4.1+cpu']);
  assert.match(text, /^# Not locked/m);
});

test('a list that has no answer is one line with its reason, and the lock stays', async t => {
  const { list, index, uv, part } = await setUp(t, 'app==1.0\n', [{ name: 'app', version: '1.0' }]);
  const lock = () => lockRequirements(uv, list, { torchIndex: nowhere });
  await lock();
  const before = await part('wheels.txt');
  index.add({ name: 'app', version: '2.0', requires: ['missing>=7'] });
  writeFileSync(list, 'app==2.0\n');
  await assert.rejects(lock(), error => {
    const { message } = error as Error;
    assert.match(message, /^\S+list\.txt has no answer for linux\/amd64: .*missing/);
    assert.ok(!message.includes('\n'), message);
    return true;
  });
  assert.equal(await part('wheels.txt'), before);
});

interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

/** `slipway …` in a folder. */
const slipway = (folder: string, env: NodeJS.ProcessEnv, ...args: string[]) =>
  new Promise<Ended>(done => {
    const words = ['--disable-warning=ExperimentalWarning', resolve('commands/slipway.ts'), ...args];
    execFile(process.execPath, words, { cwd: folder, env }, (error, stdout, stderr) =>
      done({ status: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

test('an audit tells what is outdated and what is known to be vulnerable, and fails for the latter (C5)', async t => {
  const { folder, index, env } = await setUp(t, '', [
    { name: 'app', version: '1.0', requires: ['brought'] },
    { name: 'brought', version: '1.9' },
    { name: 'beta', version: '2.0b1' },
  ]);
  await mkdir(join(folder, 'docker'));
  await cp('docker/Dockerfile.ai-base.cpu', join(folder, 'docker/Dockerfile.ai-base.cpu'));
  const list = 'docker/requirements-own.txt';
  writeFileSync(join(folder, list), 'app==1.0\nbeta==2.0b1\n');
  const locked = await slipway(folder, env, 'lock-requirements');
  assert.deepEqual(locked, { status: 0, stdout: `${list}: 3 packages, written to ${list}.lock\n`, stderr: '' });
  index.add(
    { name: 'brought', version: '1.10' },
    { name: 'brought', version: '2.0rc1' },
    { name: 'app', version: '1.0.1' },
  );
  index.add({ name: 'beta', version: '1.9' });

  const plain = await slipway(folder, env, 'audit');
  assert.equal(plain.status, 0, plain.stderr);
  assert.deepEqual(plain.stdout.trim().split('\n'), [
    `${list}: 3 packages`,
    'outdated, in the list:',
    '  app 1.0 → 1.0.1',
    `outdated, brought with them (npm run slipway -- lock-requirements ${list} --upgrade takes what fits):`,
    '  brought 1.9 → 1.10',
    'vulnerable: not looked up; give a database with --osv FILE',
  ]);

  const affected = [
    {
      package: { ecosystem: 'PyPI', name: 'Brought' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '1.10' }] }],
    },
  ];
  const advisory = { id: 'GHSA-1', aliases: ['CVE-2025-1'], summary: 'It trusts everybody', affected };
  writeFileSync(join(folder, 'osv.zip'), makeZip({ 'GHSA-1.json': JSON.stringify(advisory) }));
  const found = await slipway(folder, env, 'audit', '--osv', 'osv.zip');
  assert.equal(found.status, 1);
  assert.match(
    found.stdout,
    /\nvulnerable:\n {2}brought 1\.9: CVE-2025-1, GHSA-1; It trusts everybody; fixed in 1\.10\n$/,
  );
  assert.match(found.stderr, /^slipway: a package is known to be vulnerable; .*\n$/);

  writeFileSync(join(folder, 'osv.zip'), makeZip({ 'GHSA-2.json': JSON.stringify({ id: 'GHSA-2' }) }));
  const clean = await slipway(folder, env, 'audit', '--osv', 'osv.zip');
  assert.deepEqual(
    [clean.status, clean.stdout.trim().split('\n').at(-1)],
    [0, 'vulnerable: none that the database knows'],
  );
});

test('an audit of a stack looks at the lists that its bases are built with', async () => {
  const env = { ...process.env, UV_DEFAULT_INDEX: nowhere, UV_HTTP_RETRIES: '0', UV_NO_CACHE: '1' };
  const local = await slipway('.', env, 'audit', 'local');
  assert.equal(local.status, 1);
  assert.match(local.stderr, /^slipway: docker\/requirements-sandbox\.txt has no answer for linux\/amd64: /);
  const none = await slipway('.', env, 'audit', 'locale');
  assert.match(none.stderr, /^slipway: there is no stack "locale"; .*did you mean "local"\?\n$/);
});

for (const list of ['docker/requirements-unified.txt', 'docker/requirements-sandbox.txt']) {
  test(`${list}: on this machine's package index, both platforms resolve to what is committed (C5)`, async () => {
    const torchIndex = argDefault(readFileSync('docker/Dockerfile.ai-base.cpu', 'utf8'), 'TORCH_INDEX')!;
    const before = await readLock(list);
    const { lock } = await makeLock(await findUv(), list, before, torchIndex);
    // A file that came to a version later is no reason to lock again; one that is gone is.
    const newer = (part: keyof typeof lock) =>
      lock[part]?.map(entry => {
        const old = before[part]?.find(other => other.name === entry.name && other.marker === entry.marker);
        const lost = (old?.hashes ?? []).filter(hash => !entry.hashes.includes(hash));
        assert.deepEqual(lost, [], `${entry.name}: the index has no such file any more`);
        return { ...entry, hashes: old?.hashes ?? [] };
      });
    const parts = (Object.keys(lock) as (keyof typeof lock)[]).map(part => [part, newer(part)]);
    assert.equal(printLock(list, Object.fromEntries(parts)), printLock(list, before));
  });
}
