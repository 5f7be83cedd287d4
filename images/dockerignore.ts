// .dockerignore: which files of a folder a build can see, by BuildKit's rules. A pattern that matches a folder counts for
// all below it, and the last pattern that matches decides.
// https://docs.docker.com/build/concepts/context/#dockerignore-files

export interface Ignore {
  /** Whether a build can't see `path`, relative to the context. */
  hides(path: string): boolean;
  /** Whether nothing below `folder` can be seen, so that no one need look. */
  hidesAll(folder: string): boolean;
}

interface Pattern {
  exception: boolean;
  whole: RegExp;
  /** One for each part of the path; undefined from `**` on, which stands for any number of them. */
  parts: (RegExp | undefined)[];
}

/** `text`: the file's content. Throws one line, `line N: …`, for a pattern that is none. */
export function parseIgnore(text: string): Ignore {
  const patterns = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap(parsePattern);
  const hides = (path: string): boolean => {
    const parents = path.split('/').map((_, i, parts) => parts.slice(0, i + 1).join('/'));
    const last = patterns.findLast(({ whole }) => parents.some(parent => whole.test(parent)));
    return last !== undefined && !last.exception;
  };
  const reachesInto = (folder: string, { parts }: Pattern): boolean => {
    const names = folder.split('/');
    const open = parts.indexOf(undefined);
    const known = parts.slice(0, open < 0 ? parts.length : open);
    return names.every((name, i) => known[i]?.test(name) ?? open >= 0);
  };
  return {
    hides,
    hidesAll: folder => hides(folder) && !patterns.some(pattern => pattern.exception && reachesInto(folder, pattern)),
  };
}

function parsePattern(line: string, index: number): Pattern[] {
  if (line.startsWith('#')) return [];
  const written = line.trim();
  const exception = written.startsWith('!');
  const pattern = clean(exception ? written.slice(1).trim() : written);
  if (pattern === '') return [];
  try {
    const names = pattern.split('/');
    const parts = names.map(name => (name.includes('**') ? undefined : new RegExp(`^${translate(name)}$`, 's')));
    return [{ exception, whole: new RegExp(`^${translate(pattern)}$`, 's'), parts }];
  } catch {
    throw new Error(`line ${index + 1}: "${written}" is no pattern; a "[" wants its "]"`);
  }
}

/** Without `.`, `..` and slashes that say nothing. */
function clean(pattern: string): string {
  const parts: string[] = [];
  for (const part of pattern.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** `*` and `?` stay within a name, `**` does not; `[a-z]` is a set, and a backslash takes the next letter as it is. */
function translate(pattern: string): string {
  return pattern.replace(/\*\*\/?$|\*\*\/?|\*|\?|\\.|\[\^?[^\]]*\]|[^\w/-]/gs, (token, at: number) => {
    if (token.startsWith('**')) return at + token.length === pattern.length ? '.*' : '(?:.*/)?';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (token.length > 1 && token.startsWith('[')) return token;
    if (token === '[') throw new Error(pattern);
    const letter = token.at(-1)!;
    return /\w/.test(letter) ? letter : `\\${letter}`;
  });
}
