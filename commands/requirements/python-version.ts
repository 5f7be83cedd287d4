// The order of Python's versions (PEP 440).

const FORM =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?$/i;

/**
 * Below 0 where `a` comes before `b`, 0 where they are the same version, above 0 otherwise. A local part (`+cpu`) does
 * not count: it names a build. Throws on what is no version.
 */
export function compareVersions(a: string, b: string): number {
  const [one, other] = [keyOf(a), keyOf(b)];
  const length = Math.max(one.release.length, other.release.length);
  const padded = (release: number[]) => Array.from({ length }, (_, i) => release[i] ?? 0);
  const left = [one.epoch, ...padded(one.release), ...one.rest];
  const right = [other.epoch, ...padded(other.release), ...other.rest];
  const at = left.findIndex((part, i) => part !== right[i]);
  return at < 0 ? 0 : left[at]! < right[at]! ? -1 : 1;
}

function keyOf(version: string): { epoch: number; release: number[]; rest: number[] } {
  const match = FORM.exec(version.trim());
  if (!match) throw new Error(`"${version}" is no version of a Python package`);
  const [, epoch, release, pre, preNumber, post, postWord, postNumber, dev, devNumber] = match;
  const isPost = post !== undefined || postWord !== undefined;
  // A development version comes before the first alpha, the release itself after the last candidate.
  const stage = pre ? { a: 0, b: 1, p: 2, c: 2, r: 2 }[pre[0]!.toLowerCase()]! : dev && !isPost ? -1 : 3;
  return {
    epoch: Number(epoch ?? 0),
    release: release!.split('.').map(Number),
    rest: [
      stage,
      Number(preNumber || 0),
      isPost ? Number(post ?? (postNumber || 0)) : -1,
      dev ? Number(devNumber || 0) : Number.POSITIVE_INFINITY,
    ],
  };
}
