// The plugins of the sandbox's own Pulumi, as links: the home is made again in milliseconds, and the user's ~/.pulumi is
// only read.
import { chmod, mkdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Tools } from './build.ts';
import { version as commandVersion } from './command-provider/version.ts';
import { pluginFolder, which } from './machine.ts';
import { exists } from './store.ts';

export interface PulumiHome {
  /** Absolute path for PULUMI_HOME. */
  folder: string;
  /** Whether the command provider is the machine's own plugin, or the project's stand-in for it. */
  command: 'machine' | 'stand-in';
}

/** Plugin folder by program; Pulumi finds a plugin by the folder's name, so the versions are part of it. */
const plugins: Record<string, string> = {
  'pulumi-resource-docker-build': 'resource-docker-build-v0.0.22',
  'pulumi-resource-kubernetes': 'resource-kubernetes-v4.25.0',
};

const languageHost = 'pulumi-language-nodejs';
const languagePlugin = 'language-nodejs-v3.250.0';

/** Lays `<home>/pulumi/home/plugins` out for `tools`. What is there already stays; a link to another version is changed. */
export async function layPulumiHome(
  home: string,
  tools: Pick<Tools, 'path'>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<PulumiHome> {
  const folder = join(home, 'pulumi', 'home');
  for (const [program, plugin] of Object.entries(plugins)) {
    await link(join(folder, 'plugins', plugin, program), tools.path(program));
  }
  const host = tools.path(languageHost);
  const hostPlace = join(folder, 'plugins', languagePlugin, languageHost);
  // Beside the machine's own Pulumi lies a host of the same version; the one that is built is older.
  if (dirname(host) === dirname(tools.path('pulumi'))) await link(hostPlace, host);
  else await writeLauncher(hostPlace, olderHost(host));
  const program = 'pulumi-resource-command';
  const plugin = `resource-command-v${commandVersion}`;
  const place = join(folder, 'plugins', plugin, program);
  const own = await pluginFolder(plugin, env);
  const real = own && (await exists(join(own, program))) ? join(own, program) : await which(program, env);
  if (real) await link(place, real);
  else await writeLauncher(place, standIn(tools.path('node')));
  return { folder, command: real ? 'machine' : 'stand-in' };
}

/** A plugin is started by its path alone, and the machine's node may be too old for TypeScript. */
function standIn(node: string): string {
  const main = join(import.meta.dirname, 'command-provider', 'main.ts');
  return `exec ${quote(node)} ${quote(main)} "$@"\n`;
}

/** Pulumi hands a project's runtime options over in a way that the older host doesn't know: they become its flags. */
function olderHost(host: string): string {
  return `option() { sed -n "s/ #.*//; s/^ *$1: *//p" Pulumi.yaml; }
typescript=$(option typescript)
exec ${quote(host)} -typescript="\${typescript:-true}" -nodeargs="$(option nodeargs)" "$@"
`;
}

async function writeLauncher(place: string, script: string): Promise<void> {
  await replace(place, async file => {
    await writeFile(file, `#!/bin/sh\n${script}`);
    await chmod(file, 0o755);
  });
}

async function link(place: string, target: string): Promise<void> {
  const now = await readlink(place).catch(() => undefined);
  if (now !== target) await replace(place, file => symlink(target, file));
}

/** Makes the file beside its place and renames it: a Pulumi that runs now never finds half of it. */
async function replace(place: string, make: (file: string) => Promise<void>): Promise<void> {
  const file = `${place}.new`;
  await mkdir(dirname(place), { recursive: true });
  await rm(file, { force: true });
  await make(file);
  await rename(file, place);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
