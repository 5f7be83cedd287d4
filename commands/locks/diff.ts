// What changes from one lock to the next, for the eye: a line an image.
import { shortDigest } from '../../images/digest.ts';
import { type Lock, UNKNOWN } from '../../images/lock.ts';

type Entry = Lock['images'][string] | undefined;

/** `cerebral/ai-services: waiting → 1a2b3c4d5e6f of commit 0123456789ab`, for each image whose entry differs. */
export function diffImages(before: Lock, after: Lock): string[] {
  const keys = [...new Set([...Object.keys(before.images), ...Object.keys(after.images)])].sort();
  return keys.flatMap(key => {
    const [old, now] = [before.images[key], after.images[key]];
    if (JSON.stringify(old) === JSON.stringify(now)) return [];
    return [
      `${key}: ${pinned(old) && pinned(old) === pinned(now) ? `${shown(now)}, recorded anew` : `${shown(old)} → ${shown(now)}`}`,
    ];
  });
}

function pinned(entry: Entry): string | undefined {
  return typeof entry === 'object' ? entry.digest : undefined;
}

function shown(entry: Entry): string {
  if (entry === undefined) return 'no entry';
  if (typeof entry === 'string') return entry;
  const { digest, commit } = entry;
  return `${shortDigest(digest)} of ${commit === UNKNOWN ? 'an unknown commit' : `commit ${commit.slice(0, 12)}`}`;
}
