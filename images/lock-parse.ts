// Reads a lock strictly and tells every fault at once, each with its line.
import { isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { type Digest, isDigest } from './digest.ts';
import { type Lock, type LockEntry, NOT_PINNED, UNKNOWN, WAITING } from './lock-types.ts';
import { ACCEPTED, DOCKER_LIST, OCI_INDEX } from './manifest.ts';
import { parsePlatform } from './platform.ts';
import { formatReference, isTag, parseReference, repositoryFault } from './reference.ts';

/** A lock that can't be used; `faults` has one line for each fault, `file:line: what`. */
export class LockError extends Error {
  override readonly name = 'LockError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

const FIELDS = ['digest', 'mediaType', 'platforms', 'commit', 'pinnedAt', 'pinnedBy'] as const;
const RFC3339_UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;

/** The lock in `text`; `file` is its name in messages. Throws LockError with every fault. */
export function parseLock(text: string, file: string): Lock {
  const lines = new LineCounter();
  // Only strings: a commit of digits alone would otherwise come back as a number.
  const document = parseDocument(text, { lineCounter: lines, schema: 'failsafe', prettyErrors: false });
  const faults: { line: number; what: string }[] = [];
  const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line);
  const conflict = text.search(/^<{7}(?: |$)/m);
  if (conflict >= 0) faults.push({ line: lineAt(conflict), what: 'a conflict of a merge, not resolved yet' });
  for (const { pos, code, message } of conflict < 0 ? document.errors : []) {
    const what = code === 'MULTIPLE_DOCS' ? 'a second document begins here; a lock is one' : message;
    faults.push({ line: lineAt(pos[0]), what });
  }
  const reader = new LockReader((node, what) => {
    faults.push({ line: node?.range ? lineAt(node.range[0]) : 1, what });
  });
  const lock = faults.length > 0 ? undefined : reader.lock(document.contents);
  if (lock && faults.length === 0) return lock;
  faults.sort((a, b) => a.line - b.line);
  throw new LockError(faults.map(({ line, what }) => `${file}:${line}: ${what}`));
}

type Report = (node: Node | null | undefined, what: string) => void;

class LockReader {
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  lock(root: Node | null): Lock {
    const fields = this.#map(root, 'the lock', ['version', 'images', 'upstream']);
    const version = fields.get('version');
    if (version === undefined) this.#report(root, 'version is missing; expected version: 1');
    else if (textOf(version.value) !== '1') {
      this.#report(version.node, `version is ${shown(version.value)}; this program reads version 1`);
    }
    return {
      version: 1,
      images: this.#section(fields.get('images')?.value, 'images', WAITING, imageKeyFault),
      upstream: this.#section(fields.get('upstream')?.value, 'upstream', NOT_PINNED, upstreamKeyFault),
    };
  }

  #section<Word extends string>(
    node: Node | null | undefined,
    name: string,
    word: Word,
    keyFault: (key: string) => string | undefined,
  ): Record<string, LockEntry | Word> {
    const entries: [string, LockEntry | Word][] = [];
    if (node === undefined || isEmpty(node)) return {};
    for (const [key, { value, node: at }] of this.#map(node, name)) {
      const fault = keyFault(key);
      if (fault) this.#report(at, `${name}: ${fault}`);
      if (textOf(value) === word) entries.push([key, word]);
      else if (isMap(value)) entries.push([key, this.#entry(value, at, key)]);
      else this.#report(at, `${key}: found ${shown(value)}; expected ${word} or an entry with ${FIELDS.join(', ')}`);
    }
    return Object.fromEntries(entries);
  }

  #entry(node: Node, at: Node, key: string): LockEntry {
    const fields = this.#map(node, key, FIELDS);
    for (const field of FIELDS) if (!fields.has(field)) this.#report(at, `${key}: ${field} is missing`);
    const text = (field: string, allowed: (value: string) => boolean, expected: string): string => {
      const found = fields.get(field);
      if (!found) return '';
      const value = textOf(found.value);
      if (value === undefined || !allowed(value)) {
        this.#report(found.node, `${key}: ${field} is ${shown(found.value)}; expected ${expected}`);
      }
      return value ?? '';
    };
    const mediaType = text('mediaType', value => ACCEPTED.includes(value), `one of ${ACCEPTED.join(', ')}`);
    return {
      digest: text('digest', isDigest, 'sha256: and 64 hexadecimal digits') as Digest,
      mediaType,
      platforms: this.#platforms(fields.get('platforms'), key, mediaType),
      commit: text(
        'commit',
        value => value === UNKNOWN || /^[0-9a-f]{40}$/.test(value),
        '40 hexadecimal digits or unknown',
      ),
      pinnedAt: text('pinnedAt', isTime, 'a time like 2025-01-31T12:00:00Z or unknown'),
      pinnedBy: text('pinnedBy', value => value.trim() !== '', 'a name or unknown'),
    };
  }

  #platforms(found: Field | undefined, key: string, mediaType: string): LockEntry['platforms'] {
    if (!found) return {};
    const platforms: [string, Digest | typeof UNKNOWN][] = [];
    for (const [platform, { value, node }] of this.#map(found.value, `${key}: platforms`)) {
      const digest = textOf(value);
      const fault = platformFault(platform);
      if (fault) this.#report(node, `${key}: ${fault}`);
      if (isDigest(digest) || digest === UNKNOWN) platforms.push([platform, digest]);
      else {
        const expected = 'expected sha256: and 64 hexadecimal digits or unknown';
        this.#report(node, `${key}: ${platform} is ${shown(value)}; ${expected}`);
      }
    }
    if (platforms.length === 0 && (mediaType === OCI_INDEX || mediaType === DOCKER_LIST)) {
      this.#report(found.node, `${key}: an index without platforms`);
    }
    return Object.fromEntries(platforms);
  }

  /** The fields of a map by name; `allowed`: which there may be. */
  #map(node: Node | null | undefined, name: string, allowed?: readonly string[]): Map<string, Field> {
    const fields = new Map<string, Field>();
    if (!isMap(node)) {
      this.#report(node, `${name} is ${shown(node)}; expected keys with values`);
      return fields;
    }
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      const key = textOf(pair.key);
      if (key === undefined) this.#report(pair.key, `${name}: a key is ${shown(pair.key)}; expected a text`);
      else if (allowed && !allowed.includes(key)) {
        this.#report(pair.key, `${name}: unknown key ${key}; allowed are ${allowed.join(', ')}`);
      } else fields.set(key, { node: pair.key, value: pair.value });
    }
    return fields;
  }
}

interface Field {
  /** The key: faults are told on its line. */
  node: Node;
  value: Node | null;
}

function textOf(node: Node | null | undefined): string | undefined {
  return isScalar(node) && typeof node.value === 'string' ? node.value : undefined;
}

function isEmpty(node: Node | null): boolean {
  return node === null || textOf(node) === '';
}

function shown(node: Node | null | undefined): string {
  const text = textOf(node);
  if (text !== undefined) return text === '' ? 'empty' : `"${text}"`;
  if (node === null || node === undefined) return 'empty';
  if (isMap(node)) return 'a map';
  return isSeq(node) ? 'a list' : 'an alias';
}

function isTime(value: string): boolean {
  return value === UNKNOWN || (RFC3339_UTC.test(value) && !Number.isNaN(Date.parse(value)));
}

function imageKeyFault(key: string): string | undefined {
  const [repository, tag, ...more] = key.split(':');
  const fault = repositoryFault(repository!);
  if (fault) return `key ${key}: ${fault}`;
  const fits = more.length === 0 && (tag === undefined || isTag(tag));
  return fits ? undefined : `key ${key}: expected repository or repository:tag, without registry and digest`;
}

function upstreamKeyFault(key: string): string | undefined {
  try {
    const reference = parseReference(key);
    if (reference.digest) return `key ${key} has a digest; the digest stands in the entry`;
    const full = formatReference({ ...reference, tag: reference.tag ?? 'latest' });
    return full === key ? undefined : `key ${key}: write it in full, ${full}`;
  } catch (error) {
    return `key ${key}: ${(error as Error).message}`;
  }
}

function platformFault(platform: string): string | undefined {
  try {
    const normal = parsePlatform(platform);
    return normal === platform ? undefined : `platform ${platform}: write ${normal}`;
  } catch (error) {
    return (error as Error).message;
  }
}
