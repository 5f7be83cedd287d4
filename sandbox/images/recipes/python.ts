// python:3.11-slim: Debian 12 has this very Python for both platforms. /usr/local is a virtual environment of it, so that
// the interpreter, its scripts and its packages are where the true image has them, and pip installs as it does there.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { machineArchitecture } from '../../rootfs/node.ts';
import type { Root } from '../../rootfs/root.ts';
import { ensureFolder } from '../../tools/store.ts';
import { nativePython, type Python } from '../python/native.ts';
import { compileTree, fetchWheels, unpackWheels, wheels } from '../python/packages.ts';
import type { Entry } from '../stage.ts';
import { type Context, essential, type Recipe, searchPath } from './recipe.ts';

const version = '3.11';
const library = `usr/lib/python${version}`;
const sitePackages = `usr/local/lib/python${version}/site-packages`;

/** Debian's refusal of pip outside a virtual environment (PEP 668), and what the true image removes as well. */
const notInTheTrueImage = [
  `./${library}/EXTERNALLY-MANAGED`,
  `./${library}/test`,
  `./${library}/lib2to3/tests`,
  './usr/share/python-wheels',
];

export const python: Recipe = {
  name: 'python',
  reference: 'docker.io/library/python:3.11-slim',
  platforms: ['amd64', 'arm64'],
  compression: 'gzip',
  origin: 'stand-in: Debian packages; pip, setuptools and wheel from PyPI',
  config: { Env: [`PATH=/usr/local/bin:${searchPath}`, 'LANG=C.UTF-8'], Cmd: ['python3'] },
  async parts(context, architecture) {
    const root = await debianPython(context, architecture);
    const native = architecture === machineArchitecture() ? root : await debianPython(context, machineArchitecture());
    return [
      { root, exclude: notInTheTrueImage },
      {
        entries: environment(root),
        identity: `${root.contents} ${native.contents} ${wheels.join(' ')}`,
        fill: async folder => fill(context, nativePython(native.path), root, folder),
      },
    ];
  },
};

/** The same packages on every platform; python3-pip-whl is the pip that fetches the true image's pip. */
function debianPython(context: Context, arch: 'amd64' | 'arm64'): Promise<Root> {
  return context.root({
    arch,
    packages: [...essential, `python${version}`, 'python3-distutils', 'python3-pip-whl'],
    name: `python:${version}-slim, Debian part, ${arch}`,
  });
}

function environment(root: Root): Entry[] {
  const full = /^\d+\.\d+\.\d+/.exec(root.versions[`python${version}`] ?? '')?.[0] ?? version;
  const settings = `home = /usr/bin\ninclude-system-site-packages = false\nversion = ${full}\n`;
  const pip = [
    `#!/usr/local/bin/python${version}`,
    'import sys',
    'from pip._internal.cli.main import main',
    'sys.exit(main())',
    '',
  ].join('\n');
  return [
    { path: 'usr/local/pyvenv.cfg', text: settings },
    { path: `usr/local/bin/python${version}`, link: `/usr/bin/python${version}` },
    { path: 'usr/local/bin/python3', link: `python${version}` },
    { path: 'usr/local/bin/python', link: 'python3' },
    ...['pip', 'pip3', `pip${version}`].map(name => ({ path: `usr/local/bin/${name}`, text: pip, mode: 0o755 })),
    { path: sitePackages, folder: true },
  ];
}

/** Installs the wheels and compiles everything: the first start of an emulated Python is slow enough as it is. */
async function fill({ cache, signal }: Context, python: Python, root: Root, folder: string): Promise<void> {
  const store = join(cache, 'images', 'wheels', wheels.map(wheel => wheel.split(' ')[0]).join('_'));
  await ensureFolder({ folder: store, signal, make: partial => fetchWheels(python, partial, signal) });
  const site = join(folder, sitePackages);
  await unpackWheels(python, store, site, signal);
  await compileTree(python, site, site, `/${sitePackages}`, signal);
  await mkdir(join(folder, library), { recursive: true });
  await compileTree(python, join(root.path, library), join(folder, library), `/${library}`, signal);
}
