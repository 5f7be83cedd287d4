// What makes equal content an equal digest, on any machine and on any day: one fixed time, for bases and services alike.

/**
 * The time that a build gives to an image and to its files, in seconds since 1970: the first of 1980, before which a
 * zip can't go. Not the commit's, or the same content under two commits would be two digests.
 */
export const sourceDateEpoch = 315_532_800;

/**
 * Whether a stage of the Dockerfile declares `ARG SOURCE_DATE_EPOCH`. Only then may file times be rewritten: Python's
 * compiled files carry the time of their source, and with other times in the image each start compiles all anew.
 */
export function declaresEpoch(dockerfile: string): boolean {
  const firstStage = dockerfile.search(/^[ \t]*FROM[ \t]/im);
  if (firstStage < 0) return false;
  return /^[ \t]*ARG[ \t]+(?:.*[ \t])?SOURCE_DATE_EPOCH(?:[=\s]|$)/im.test(dockerfile.slice(firstStage));
}
