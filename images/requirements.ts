// The Python packages of a base image: the list that people write, and the lock that a resolver makes of it.
//
// The lock of docker/x.txt is the folder docker/x.txt.lock, a file for each way to install.

export const lockFiles = {
  /** Wheels. */
  wheels: 'wheels.txt',
  /** What has no wheels: built on each platform. */
  sources: 'sources.txt',
  /** Torch as the package index has it, with what only it brings: for CUDA on amd64, without on arm64. */
  torch: 'torch.txt',
  /** Torch without CUDA for amd64, from an index of its own. */
  torchCpu: 'torch-cpu.txt',
} as const;

export type LockPart = keyof typeof lockFiles;

/** The command that writes the lock of `list`. */
export const lockCommand = (list: string) => `npm run slipway -- lock-requirements ${list}`;

/** Torch and what is built against one version of it: the packages that have builds of their own for processors. */
export const torchFamily: readonly string[] = ['torch', 'torchvision', 'torchaudio'];

/** One line of a list. */
export interface Pin {
  /** As indexes compare it: small letters, `-` between words. */
  name: string;
  version: string;
}

/** One package of a lock. */
export interface Locked extends Pin {
  /** The condition under which it is installed, without one: always. */
  marker?: string;
  /** Digests of the files that may be installed, 64 hexadecimal digits each; none where it is not locked. */
  hashes: string[];
}

export function normaliseName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

const NAME = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?';
const PIN = new RegExp(`^(${NAME})(?:\\[[^\\]]*\\])?\\s*==\\s*([A-Za-z0-9.!+_-]+)$`);
const LOCKED = new RegExp(`^(${NAME})==(\\S+?)(?: ; (.+?))?((?: --hash=sha256:[0-9a-f]{64})*)$`);
const NO_BINARY = new RegExp(`^--no-binary[ =]${NAME}$`);

/**
 * The pins of a list: `name==version` lines, comments, and `--no-binary name` for what has no wheels. Throws with a
 * line for each fault; `file` is the list's name in them.
 */
export function parseRequirements(text: string, file: string): Pin[] {
  const pins = new Map<string, Pin>();
  const faults: string[] = [];
  for (const [at, whole] of text.split('\n').entries()) {
    const line = whole.replace(/(^|\s)#.*/, '').trim();
    if (line === '' || NO_BINARY.test(line)) continue;
    const where = `${file}:${at + 1}`;
    const [, written, version] = PIN.exec(line) ?? [];
    if (written === undefined || version === undefined) {
      faults.push(`${where}: found "${line}"; expected an exact version, name==version, or --no-binary name`);
      continue;
    }
    const name = normaliseName(written);
    if (pins.has(name)) faults.push(`${where}: ${name} stands there a second time`);
    pins.set(name, { name, version });
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return [...pins.values()];
}

/** The packages in one file of a lock. Throws one line on what no resolver wrote. */
export function parseLocked(text: string, file: string): Locked[] {
  const lines = text.replace(/\\\n\s*/g, '').split('\n');
  return lines
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => {
      const [, name, version, marker, hashes] = LOCKED.exec(line.replace(/\s+/g, ' ')) ?? [];
      if (name === undefined || version === undefined) {
        throw new Error(`${file}: found "${line}"; expected name==version with hashes, as lock-requirements writes it`);
      }
      return { name, version, ...(marker && { marker }), hashes: hashes?.match(/[0-9a-f]{64}/g) ?? [] };
    });
}

/** The packages in the form that pip reads, below `head` as a comment; sorted, a hash a line. */
export function printLocked(head: readonly string[], packages: readonly Locked[]): string {
  const key = ({ name, marker = '' }: Locked) => `${name} ${marker}`;
  const lines = packages
    .toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
    .map(({ name, version, marker, hashes }) =>
      [
        `${name}==${version}${marker ? ` ; ${marker}` : ''}`,
        ...hashes.toSorted().map(hash => `    --hash=sha256:${hash}`),
      ].join(' \\\n'),
    );
  return `${[...head.map(line => `# ${line}`), ...lines].join('\n')}\n`;
}

/** What of a list its lock does not say, a line each; empty where they agree. */
export function unlocked(pins: readonly Pin[], locked: readonly Pin[]): string[] {
  return pins.flatMap(({ name, version }) => {
    const found = locked.filter(other => other.name === name);
    if (found.length === 0) return [`${name}==${version} is not locked`];
    const other = found.find(entry => entry.version !== version);
    return other ? [`${name}==${version} is locked as ${other.version}`] : [];
  });
}
