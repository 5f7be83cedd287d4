import assert from 'node:assert/strict';
import { readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { aptConfig, readPlan } from '../../../sandbox/rootfs/apt.ts';
import { finish } from '../../../sandbox/rootfs/finish.ts';
import { rootKey } from '../../../sandbox/rootfs/root.ts';
import { debianSources, printSources } from '../../../sandbox/rootfs/sources.ts';
import { folderFor, write } from './tools-fixture.ts';

test("only Debian's own suites of the release are taken from the machine, mirrors and all", async t => {
  const etc = await folderFor(t);
  await write(
    join(etc, 'sources.list'),
    'deb [arch=amd64] http://mirror.example/debian/ bookworm main contrib\ndeb-src http://mirror.example/debian bookworm main\n',
  );
  await write(join(etc, 'sources.list.d/docker.list'), 'deb https://download.example/linux/debian bookworm stable\n');
  await write(join(etc, 'sources.list.d/pg.list'), 'deb https://apt.example/pub bookworm-pgdg main\n');
  await write(
    join(etc, 'sources.list.d/debian.sources'),
    'Types: deb\n# a note\nURIs: http://mirror.example/debian-security\nSuites: bookworm-security\nComponents: main\n\n' +
      'Types: deb\nEnabled: no\nURIs: http://off.example/debian\nSuites: bookworm\nComponents: main\n',
  );
  await write(
    join(etc, 'sources.list.d/off.sources.disabled'),
    'Types: deb\nURIs: http://x\nSuites: bookworm\nComponents: main\n',
  );
  assert.deepEqual(await debianSources(etc), [
    { uri: 'http://mirror.example/debian', suite: 'bookworm' },
    { uri: 'http://mirror.example/debian-security', suite: 'bookworm-security' },
  ]);
});

test('a machine without Debian sources of the release is told to add one', async t => {
  await assert.rejects(debianSources(await folderFor(t)), /names no Debian source of bookworm with main.*add one$/);
});

test("the sources are held to Debian's keys", () => {
  const text = printSources([{ uri: 'http://mirror.example/debian', suite: 'bookworm' }]);
  assert.match(text, /^Signed-By: \/usr\/share\/keyrings\/debian-archive-keyring\.gpg$/m);
});

test("apt is told how the machine reaches a mirror, and nothing else of the machine's settings", () => {
  const machine =
    'Acquire::http::Proxy "http://p:1";\nAPT::Update::Post-Invoke:: "rm -f /var/cache/apt/*";\nDir::State "/var/lib/apt";';
  const text = aptConfig('/s', 'arm64', machine);
  assert.match(text, /^Acquire::http::Proxy "http:\/\/p:1";$/m);
  assert.match(text, /^APT::Architecture "arm64";$/m);
  assert.doesNotMatch(text, /Post-Invoke|\/var\//);
});

test('the plan of an install gives names, versions and architectures, sorted', () => {
  const plan = [
    'Inst libc6 (2.36-9 Debian:12.15/oldstable [amd64]) []',
    'Inst git-man:all (1:2.39.5-0 Debian:12.15/oldstable, Debian-Security:12 [all])',
    'Conf libc6 (2.36-9 Debian:12.15/oldstable [amd64])',
  ].join('\n');
  assert.deepEqual(readPlan(plan), [
    { name: 'git-man', version: '1:2.39.5-0', arch: 'all' },
    { name: 'libc6', version: '2.36-9', arch: 'amd64' },
  ]);
});

test('a finished root has the accounts, links and authorities that maintainer scripts would have made', async t => {
  const root = await folderFor(t);
  await write(join(root, 'usr/bin/dash'), '', 0o755);
  await write(join(root, 'usr/sbin/xtables-nft-multi'), '', 0o755);
  await write(join(root, 'usr/share/base-passwd/passwd.master'), 'root:*:0:0:root:/root:/bin/bash\n');
  await write(join(root, 'usr/share/base-passwd/group.master'), 'root:*:0:\n');
  await write(join(root, 'usr/share/ca-certificates/mozilla/b.crt'), 'B');
  await write(join(root, 'usr/share/ca-certificates/mozilla/a.crt'), 'A\n');
  await write(join(root, 'etc/hosts'), 'kept\n');
  await finish(root);
  const read = (name: string) => readFile(join(root, name), 'utf8');
  assert.equal(await read('etc/passwd'), 'root:*:0:0:root:/root:/bin/bash\n');
  assert.equal(await read('etc/ssl/certs/ca-certificates.crt'), 'A\nB\n');
  assert.equal(await read('etc/hosts'), 'kept\n');
  assert.equal(await readlink(join(root, 'usr/bin/sh')), 'dash');
  assert.equal(await readlink(join(root, 'usr/sbin/iptables')), 'xtables-nft-multi');
  await assert.rejects(stat(join(root, 'usr/bin/awk')));
  assert.equal((await stat(join(root, 'tmp'))).mode & 0o7777, 0o1777);
});

test('a root is named by what was asked for, not by where or in which order', async () => {
  const key = (packages: string[], arch: 'amd64' | 'arm64' = 'amd64', cache = '/a') =>
    rootKey({ cache, arch, packages });
  assert.equal(await key(['git', 'bash']), await key(['bash', 'git'], 'amd64', '/b'));
  assert.notEqual(await key(['git']), await key(['bash']));
  assert.notEqual(await key(['git']), await key(['git'], 'arm64'));
});
