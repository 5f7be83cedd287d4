// docker/backend/place-binary.sh, run as it is on headers of programs. Only root may give files away, so that a stand-in of
// chown writes down what it is asked.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const script = join(import.meta.dirname, '../../../docker/backend/place-binary.sh');
const machines = { amd64: 0x3e, arm64: 0xb7, riscv64: 0xf3 };

/** The first bytes of a program for a processor, as the ELF format has them. */
function elf(machine: number): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(machine, 18);
  return header;
}

function place(t: TestContext, arch: string, binaries: Record<string, Buffer>) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-binary-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'tools'));
  writeFileSync(join(folder, 'tools/chown'), `#!/bin/sh\necho "$@" >> ${folder}/owners\n`, { mode: 0o755 });
  for (const [name, bytes] of Object.entries(binaries)) {
    mkdirSync(join(folder, 'bin', name), { recursive: true });
    writeFileSync(join(folder, 'bin', name, 'cybermesh'), bytes);
  }
  const image = join(folder, 'image');
  const env = { PATH: `${join(folder, 'tools')}:${process.env.PATH}` };
  return new Promise<{ status: number; stderr: string; folder: string; image: string }>(resolve => {
    execFile('sh', [script, join(folder, 'bin'), arch, image], { env }, (error, _, stderr) => {
      resolve({ status: error ? Number(error.code) : 0, stderr, folder, image });
    });
  });
}

for (const arch of ['amd64', 'arm64'] as const) {
  test(`the image of ${arch} gets the binary of ${arch}, and folders that its user may write to (M2, M3)`, async t => {
    const binaries = { amd64: elf(machines.amd64), arm64: elf(machines.arm64) };
    const { status, stderr, folder, image } = await place(t, arch, binaries);
    assert.deepEqual([status, stderr], [0, '']);
    assert.deepEqual(readFileSync(join(image, 'app/cybermesh')), binaries[arch]);
    assert.equal(statSync(join(image, 'app/cybermesh')).mode & 0o777, 0o755);
    assert.equal(statSync(join(image, 'app/keys')).mode & 0o777, 0o700);
    assert.equal(readFileSync(join(folder, 'owners'), 'utf8'), `1000:1000 ${image}/app/keys ${image}/app/logs\n`);
    assert.match(readFileSync(join(image, 'etc/passwd'), 'utf8'), /^root:.*\n(.*\n)*cybermesh:x:1000:1000:/);
  });
}

const refusals: [name: string, arch: string, binaries: Record<string, Buffer>, form: RegExp][] = [
  [
    'a binary of amd64 in the image of arm64',
    'arm64',
    { arm64: elf(machines.amd64) },
    /bin\/arm64\/cybermesh is for amd64; expected one for arm64/,
  ],
  [
    'a binary of arm64 in the image of amd64',
    'amd64',
    { amd64: elf(machines.arm64) },
    /bin\/amd64\/cybermesh is for arm64; expected one for amd64/,
  ],
  [
    'a binary of a third processor',
    'amd64',
    { amd64: elf(machines.riscv64) },
    /bin\/amd64\/cybermesh is no program of amd64 or arm64/,
  ],
  [
    'a text in the place of a binary',
    'amd64',
    { amd64: Buffer.from('#!/bin/sh\necho "as long as a header"\n') },
    /is no program of amd64 or arm64/,
  ],
  [
    'a binary that is missing',
    'arm64',
    { amd64: elf(machines.amd64) },
    /found no bin\/arm64\/cybermesh in docker\/backend, or an empty one/,
  ],
  [
    'a binary that is empty',
    'amd64',
    { amd64: Buffer.alloc(0) },
    /found no bin\/amd64\/cybermesh in docker\/backend, or an empty one/,
  ],
];
for (const [name, arch, binaries, form] of refusals) {
  test(`${name} ends the build in one line that says what to run (M2)`, async t => {
    const { status, stderr, image } = await place(t, arch, binaries);
    assert.equal(status, 1);
    assert.match(stderr, form);
    assert.match(stderr, /^place-binary: [^\n]+; build it: node samples\/cybermesh\/build-backend\.ts\n$/);
    assert.ok(!existsSync(image));
  });
}

test('a platform that nobody builds for ends the build in one line (M2)', async t => {
  const { status, stderr } = await place(t, 'riscv64', {});
  assert.equal(status, 1);
  assert.match(stderr, /^place-binary: found the platform riscv64; expected amd64 or arm64: .*\n$/);
});
