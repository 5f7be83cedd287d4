// Which of the machine's package sources are Debian's own for the release that the roots are made of. Third-party lists
// never take part: what is unpacked is signed by Debian's archive keys alone.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const release = 'bookworm';
export const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Debian's names of the release's suites. */
const suites = [release, `${release}-updates`, `${release}-security`];

export interface Source {
  uri: string;
  suite: string;
}

/**
 * The Debian sources in apt's folder `etc` (sources.list, sources.list.d/*.list and *.sources), mirrors and all. Throws
 * with the remedy where there are none of this release.
 */
export async function debianSources(etc = '/etc/apt'): Promise<Source[]> {
  const parts = await readdir(join(etc, 'sources.list.d')).catch(() => []);
  const files = ['sources.list', ...parts.sort().map(name => join('sources.list.d', name))];
  const found: Source[] = [];
  for (const file of files.filter(name => /\.(list|sources)$/.test(name))) {
    const text = await readFile(join(etc, file), 'utf8').catch(() => '');
    found.push(...(file.endsWith('.sources') ? readStanzas(text) : readLines(text)));
  }
  const known = found.filter(source => suites.includes(source.suite) && !/\s/.test(source.uri));
  const unique = [...new Map(known.map(source => [`${source.uri} ${source.suite}`, source])).values()];
  if (unique.some(source => source.suite === release)) return unique;
  throw new Error(
    `${etc} names no Debian source of ${release} with main, and the sandbox is made of its packages; add one`,
  );
}

/** The sources as one file in apt's deb822 form, held to Debian's keys. */
export function printSources(sources: Source[]): string {
  return sources
    .map(({ uri, suite }) => `Types: deb\nURIs: ${uri}\nSuites: ${suite}\nComponents: main\nSigned-By: ${keyring}\n`)
    .join('\n');
}

function readLines(text: string): Source[] {
  return text.split('\n').flatMap(line => {
    const [, uri, suite, components] = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return uri && suite && components?.split(/\s+/).includes('main') ? [{ uri: uri.replace(/\/$/, ''), suite }] : [];
  });
}

function readStanzas(text: string): Source[] {
  return text.split(/\n\s*\n/).flatMap(stanza => {
    const lines = stanza.split('\n').filter(line => !line.startsWith('#'));
    const field = (name: string) =>
      lines
        .find(line => line.toLowerCase().startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim()
        .split(/\s+/) ?? [];
    const active =
      field('types').includes('deb') && field('components').includes('main') && field('enabled')[0] !== 'no';
    if (!active) return [];
    return field('uris').flatMap(uri => field('suites').map(suite => ({ uri: uri.replace(/\/$/, ''), suite })));
  });
}
