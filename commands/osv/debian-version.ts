// The order of Debian's versions, by the Debian Policy Manual, chapter "Version" (deb-version(7) has the same): no
// library that was found keeps all of its rules.

const FORM = /^(?:(\d+):)?([A-Za-z0-9.+~:-]*?)(?:-([A-Za-z0-9.+~]*))?$/;

/**
 * Below 0 where `a` comes before `b`, 0 where they are the same version, above 0 otherwise. No epoch is epoch 0, no
 * revision is revision 0. Throws on what is no version.
 */
export function compareDebianVersions(a: string, b: string): number {
  const [one, other] = [partsOf(a), partsOf(b)];
  return (
    compareNumbers(one.epoch, other.epoch) ||
    compareParts(one.upstream, other.upstream) ||
    compareParts(one.revision, other.revision)
  );
}

function partsOf(version: string) {
  const [, epoch, upstream, revision = '0'] = FORM.exec(version.trim()) ?? [];
  // Only behind an epoch is a colon part of the version.
  if (!upstream || (epoch === undefined && upstream.includes(':')))
    throw new Error(`"${version}" is no version of a Debian package`);
  return { epoch: epoch ?? '0', upstream, revision };
}

/** By turns what comes before the next digit, and the number that begins there. */
function compareParts(a: string, b: string): number {
  const [left, right] = [runsOf(a), runsOf(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [word = '', number = ''] = left[i] ?? [];
    const [otherWord = '', otherNumber = ''] = right[i] ?? [];
    const difference = compareWords(word, otherWord) || compareNumbers(number, otherNumber);
    if (difference !== 0) return difference;
  }
  return 0;
}

const runsOf = (text: string) => [...text.matchAll(/(\D*)(\d*)/g)].map(([, word, number]) => [word, number] as const);

function compareWords(a: string, b: string): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = weightOf(a[i]) - weightOf(b[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A tilde comes before the end, the end before letters, letters before all else. */
function weightOf(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === '~') return -1;
  const code = character.charCodeAt(0);
  return /[A-Za-z]/.test(character) ? code : code + 256;
}

// Of any length: snapshots have dates and hashes in them, more digits than a number holds.
function compareNumbers(a: string, b: string): number {
  const difference = BigInt(a || '0') - BigInt(b || '0');
  return difference === 0n ? 0 : Number(difference > 0n) * 2 - 1;
}
