// A package of a bill of materials as OSV's databases name it: by its purl.
import { PackageURL } from 'packageurl-js';
import { normaliseName } from '../../images/requirements.ts';

export interface Package {
  /** As OSV spells it, with its release where the ecosystem has releases: `Debian:12`, `PyPI`. */
  ecosystem: string;
  /** The name that vulnerabilities are listed under: of Debian's packages that of the source. */
  name: string;
  version: string;
  /** The name that the image has it under, where that is another. */
  installedAs?: string;
}

/**
 * The package that a purl names; undefined where OSV has no ecosystem for it. `distribution` (`debian-12`): the image's, for
 * a purl that names none. Throws on what is no purl.
 */
export function packageOf(text: string, distribution = ''): Package | undefined {
  const purl = PackageURL.fromString(text);
  const { type = '', namespace, name = '' } = purl;
  const version = purl.version ?? '';
  if (type === 'deb') return ofSource(name, version, { distro: distribution, ...purl.qualifiers });
  const ecosystem = ecosystems[type];
  if (ecosystem === undefined) return undefined;
  const full = namespace ? `${namespace}/${name}` : name;
  return { ecosystem, name: type === 'pypi' ? normaliseName(full) : full, version };
}

/** Ecosystems by the type of purl: those whose versions are compared, then others, so that they can be named. */
const ecosystems: Record<string, string> = {
  pypi: 'PyPI',
  golang: 'Go',
  npm: 'npm',
  apk: 'Alpine',
  rpm: 'RPM',
  cargo: 'crates.io',
  composer: 'Packagist',
  gem: 'RubyGems',
  maven: 'Maven',
  nuget: 'NuGet',
};

const releases: Record<string, (version: string) => string> = {
  debian: version => `Debian:${version.split('.')[0]}`,
  ubuntu: version => `Ubuntu:${version}`,
};

function ofSource(name: string, version: string, qualifiers: Record<string, string | undefined>): Package {
  // Where the source has the version of the package, syft leaves it out.
  const [source = name, sourceVersion = version] = qualifiers.upstream?.split('@') ?? [];
  const ecosystem = releaseOf(qualifiers.distro ?? '') ?? `deb of ${qualifiers.distro || 'no distribution'}`;
  return { ecosystem, name: source, version: sourceVersion, ...(source !== name && { installedAs: name }) };
}

/** The ecosystem of a distribution (`debian-12`) whose packages OSV has; undefined of any other. */
export function releaseOf(distribution: string): string | undefined {
  const [, id = '', version = ''] = /^(.*?)-([\d.]+)$/.exec(distribution) ?? [];
  return releases[id]?.(version);
}
