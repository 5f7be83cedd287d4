// One resolution by uv: a list, for one platform, as the packages with the hashes of what may be installed there.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Platform } from '../../images/platform.ts';
import type { Pin } from '../../images/requirements.ts';
import type { Uv } from './uv.ts';

/** Python of the bases. */
export const pythonVersion = '3.11';

/** The platforms of a lock: as uv calls them, and as conditions of requirements do. */
export const machines: Record<Platform, { uv: string; machine: string }> = {
  'linux/amd64': { uv: 'x86_64-unknown-linux-gnu', machine: 'x86_64' },
  'linux/arm64': { uv: 'aarch64-unknown-linux-gnu', machine: 'aarch64' },
};

/** A package as it was resolved for one platform. */
export interface Resolved extends Pin {
  hashes: string[];
  /** There is no wheel that may be taken: it is built from its source. */
  source: boolean;
}

export interface ResolveOptions {
  platform: Platform;
  /** Versions to keep where the list allows it. */
  prefer?: readonly Pin[];
  /** Packages to leave out, with what only they bring. */
  without?: readonly string[];
  /** The list is all there is: nothing that it brings is added. */
  alone?: boolean;
  /** Another index than this machine's, the only one that is asked. */
  index?: string;
}

/** For an index of its own: no other is asked beside it, and it answers at once or not at all. */
const onlyIndex = {
  UV_INDEX: undefined,
  UV_EXTRA_INDEX_URL: undefined,
  UV_HTTP_RETRIES: '0',
  UV_HTTP_CONNECT_TIMEOUT: '10',
};

/** The packages of a list; its name is for messages. Throws one line with uv's reason where there is no answer. */
export async function resolveList(
  uv: Uv,
  list: { name: string; text: string },
  { platform, prefer = [], without = [], alone, index }: ResolveOptions,
): Promise<Resolved[]> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-lock-'));
  try {
    const [input, output, excluded] = ['list.txt', 'pylock.toml', 'excluded.txt'].map(name => join(folder, name));
    await writeFile(input!, list.text);
    // uv keeps the versions that it finds in its output.
    if (prefer.length > 0) await writeFile(output!, printPylock(prefer));
    await writeFile(excluded!, `${without.join('\n')}\n`);
    const args = [
      ...['pip', 'compile', '--quiet', '--no-header', '--format', 'pylock.toml', '--output-file', output!],
      ...['--python-version', pythonVersion, '--python-platform', machines[platform]!.uv, '--only-binary', ':all:'],
      ...(without.length > 0 ? ['--excludes', excluded!] : []),
      ...(alone ? ['--no-deps'] : []),
      ...(index ? ['--default-index', index] : []),
    ];
    await uv([...args, input!], index ? onlyIndex : {});
    return parsePylock(await readFile(output!, 'utf8'));
  } catch (error) {
    throw new Error(`${list.name} has no answer for ${platform}: ${(error as Error).message}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function printPylock(pins: readonly Pin[]): string {
  const packages = pins.map(({ name, version }) => `[[packages]]\nname = "${name}"\nversion = "${version}"\n`);
  return `lock-version = "1.0"\ncreated-by = "slipway"\n${packages.join('')}`;
}

/**
 * Reads a pylock.toml as uv prints it: no more of TOML than that takes. Conditions are left out: they hold on the one
 * platform, but for those on Python's own patch, and what came for an older one does no harm. Throws where a package has
 * no hash.
 */
export function parsePylock(text: string): Resolved[] {
  const [, ...blocks] = text.split(/^\[\[packages\]\]$/m);
  return blocks.map(block => {
    const field = (name: string) => new RegExp(`^${name} = "(.*)"$`, 'm').exec(block)?.[1];
    const [name, version] = [field('name'), field('version')];
    const hashes = [...block.matchAll(/sha256 = "([0-9a-f]{64})"/g)].map(match => match[1]!);
    if (name === undefined || version === undefined || hashes.length === 0) {
      throw new Error(`a package without name, version or hash: ${block.trim().replace(/\s+/g, ' ').slice(0, 200)}`);
    }
    return { name, version, hashes, source: !/^wheels = /m.test(block) };
  });
}
