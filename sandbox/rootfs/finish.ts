// What the packages' own scripts would have made at installation. None of them runs here, so each file that the sandbox
// relies on is made by hand, from what the packages brought.
import { chmod, copyFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exists } from '../tools/store.ts';

/** Links that Debian makes by its alternatives system or a maintainer script: link → target inside the root. */
const links: [link: string, target: string][] = [
  ['usr/bin/sh', 'dash'],
  ['usr/bin/awk', 'mawk'],
  ['usr/bin/which', 'which.debianutils'],
  ['usr/sbin/iptables', 'xtables-nft-multi'],
  ['usr/sbin/iptables-save', 'xtables-nft-multi'],
  ['usr/sbin/iptables-restore', 'xtables-nft-multi'],
  ['usr/sbin/ip6tables', 'xtables-nft-multi'],
  ['usr/sbin/ip6tables-save', 'xtables-nft-multi'],
  ['usr/sbin/ip6tables-restore', 'xtables-nft-multi'],
  ['var/run', '../run'],
  ['var/lock', '../run/lock'],
];

/** Completes an unpacked root: accounts, name service, links, authorities, the folders that everything expects. */
export async function finish(root: string): Promise<void> {
  for (const folder of ['dev', 'etc', 'proc', 'sys', 'root', 'run', 'tmp', 'var/lib', 'var/log', 'var/tmp']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await chmod(join(root, 'root'), 0o700);
  for (const folder of ['tmp', 'var/tmp']) await chmod(join(root, folder), 0o1777);
  for (const [link, target] of links) {
    if (await exists(join(root, link))) continue;
    if (target.startsWith('..') || (await exists(join(root, dirname(link), target)))) {
      await symlink(target, join(root, link));
    }
  }
  await accounts(root);
  await write(root, 'etc/nsswitch.conf', nameService);
  await write(root, 'etc/hosts', '127.0.0.1 localhost\n::1 localhost\n');
  await write(root, 'etc/hostname', 'localhost\n');
  await authorities(root);
}

const nameService = ['passwd: files', 'group: files', 'shadow: files', 'hosts: files dns', 'services: files', ''].join(
  '\n',
);

/** base-passwd's masters, or root and nobody where the root has no base-passwd. */
async function accounts(root: string): Promise<void> {
  const masters = join(root, 'usr/share/base-passwd');
  if (await exists(masters)) {
    await copyFile(join(masters, 'passwd.master'), join(root, 'etc/passwd'));
    await copyFile(join(masters, 'group.master'), join(root, 'etc/group'));
    return;
  }
  const nobody = 'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n';
  await write(root, 'etc/passwd', `root:x:0:0:root:/root:/bin/sh\n${nobody}`);
  await write(root, 'etc/group', 'root:x:0:\nnogroup:x:65534:\n');
}

/** One bundle of all authorities that ca-certificates brought, in the order of their names. */
async function authorities(root: string): Promise<void> {
  const folder = join(root, 'usr/share/ca-certificates');
  if (!(await exists(folder))) return;
  const names = (await readdir(folder, { recursive: true })).filter(name => name.endsWith('.crt')).sort();
  const texts = await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')));
  await write(root, 'etc/ssl/certs/ca-certificates.crt', texts.map(text => `${text.trimEnd()}\n`).join(''));
}

/** Writes a file that the packages did not bring. */
async function write(root: string, path: string, text: string): Promise<void> {
  const file = join(root, path);
  if (await exists(file)) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
