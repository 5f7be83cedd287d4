// node:22-bookworm-slim: Debian's base packages, git and ssh for the steps, and Node from npm's packages of its binaries.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from '../../checkout.ts';
import { run } from '../../tools/run.ts';
import { ensureFolder } from '../../tools/store.ts';
import type { Architecture } from '../layout.ts';
import { type Context, essential, type Recipe, searchPath } from './recipe.ts';

/** The version that the checkout itself runs on, so that a step runs on the Node it was tested on. */
const version = (
  JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')) as { dependencies: { node: string } }
).dependencies.node;

export const node: Recipe = {
  name: 'node',
  reference: 'docker.io/library/node:22-bookworm-slim',
  platforms: ['amd64', 'arm64'],
  compression: 'gzip',
  origin: `stand-in: Debian packages, node ${version} from npm`,
  config: { Env: [`PATH=${searchPath}`, `NODE_VERSION=${version}`], Cmd: ['node'] },
  async parts(context, architecture) {
    const root = await context.root({
      arch: architecture,
      packages: [...essential, 'git', 'openssh-client', 'libstdc++6'],
      name: `node:22-bookworm-slim, Debian part, ${architecture}`,
    });
    const folder = await ensureNodePackage(context, architecture);
    return [
      { root, exclude: notNeeded },
      {
        entries: [
          { path: 'usr/local/bin/node', file: join(folder, 'package/bin/node'), mode: 0o755 },
          { path: 'usr/local/bin/nodejs', link: 'node' },
          {
            path: 'etc/passwd',
            text: `${await readFile(join(root.path, 'etc/passwd'), 'utf8')}${user('node', '/home/node')}`,
          },
          { path: 'etc/group', text: `${await readFile(join(root.path, 'etc/group'), 'utf8')}node:x:1000:\n` },
          { path: 'home/node', folder: true },
        ],
        identity: `${root.contents} ${version}`,
      },
    ];
  },
};

/** git's translations and Perl parts, which no step runs. */
const notNeeded = ['./usr/share/perl*', './usr/share/gitweb', './usr/share/git-core/contrib', './usr/share/locale/*'];

const user = (name: string, home: string) => `${name}:x:1000:1000::${home}:/bin/bash\n`;

/** npm's package of Node for a platform, unpacked in the cache. */
async function ensureNodePackage({ cache, signal }: Context, architecture: Architecture): Promise<string> {
  const name = `node-linux-${architecture === 'amd64' ? 'x64' : architecture}`;
  const folder = join(cache, 'images', 'npm', `${name}-${version}`);
  await ensureFolder({
    folder,
    signal,
    make: async partial => {
      const options = { cwd: partial, signal };
      await run('npm', ['pack', '--silent', '--pack-destination', partial, `${name}@${version}`], options);
      const archive = `${name}-${version}.tgz`;
      await run('tar', ['--extract', '--gzip', '--file', archive, 'package/bin/node', 'package/LICENSE'], options);
      await run('rm', [archive], options);
    },
  });
  return folder;
}
