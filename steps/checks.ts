// The rules for single values that enter a step. Each returns what is allowed where the value is not, else undefined.
import { posix } from 'node:path';
import { branchFault, isCommitHash } from '../images/branch.ts';
import { isTag, repositoryFault } from '../images/reference.ts';
import { NEVER_MOVING, RESERVED } from '../images/tags.ts';

/** What is allowed instead of the value, or undefined where the value will do. */
export type Check = (value: string) => string | undefined;

const pattern =
  (expression: RegExp, allowed: string): Check =>
  value =>
    expression.test(value) ? undefined : allowed;

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export const isRepoUrl: Check = value => {
  const allowed = 'http(s)://host[:port]/path or ssh://[user@]host/path';
  if (!/^(?:https?|ssh):\/\/[^\s]+$/.test(value) || !URL.canParse(value)) return allowed;
  const { hostname, pathname } = new URL(value);
  return hostname === '' || pathname.length < 2 ? allowed : undefined;
};

export const isBranch: Check = branchFault;

export const isCommit: Check = value =>
  isCommitHash(value) ? undefined : 'a full commit hash: 40 digits of 0-9 and a-f';

export const isRepository: Check = value => {
  const fault = repositoryFault(value);
  return fault && `a repository without registry and tag, for example cerebral/ai-services (${fault})`;
};

export const isMovingTag: Check = value => {
  if (!isTag(value)) return '1 to 128 letters, digits, "_", "." and "-", not starting with "." or "-"';
  if (RESERVED.test(value)) {
    return "a tag that does not start with live-, kaniko- or cache-: rollouts, Kaniko's pods and layer caches move those";
  }
  return NEVER_MOVING.test(value) ? 'a tag that is not of the form <commit>-<digest>: those never move' : undefined;
};

/** A path that stays below the root of the source as it is written; symbolic links are for source.ts. */
export const isInnerPath: Check = value => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const odd = value === '' || /[\u0000-\u001f\u007f\\]/.test(value) || posix.isAbsolute(value);
  const normal = posix.normalize(value);
  return odd || normal === '..' || normal.startsWith('../') ? 'a relative path inside the repository' : undefined;
};

export const isNamespace = pattern(LABEL, 'a namespace: 1 to 63 of a-z, 0-9 and "-", no "-" at either end');

export const isObjectName: Check = value =>
  value.length <= 253 && value.split('.').every(part => LABEL.test(part))
    ? undefined
    : 'a Kubernetes name: a-z, 0-9, "-" and ".", at most 253 characters';

/** Where an S3-compatible store answers. */
export const isEndpoint: Check = value => {
  const allowed = 'http(s)://host[:port], without bucket, user and path';
  if (!/^https?:\/\/[^\s/@?#]+\/?$/.test(value) || !URL.canParse(value)) return allowed;
  return new URL(value).hostname === '' ? allowed : undefined;
};

export const isBucket = pattern(
  /^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/,
  'a bucket\'s name: 3 to 63 letters, digits, ".", "_" and "-", a letter or digit at either end',
);

export const isRegion = pattern(/^[a-z0-9-]{1,40}$/i, 'a region, for example eu-west-1');

/** The folder of objects' keys, without a slash at its start. */
export const isPrefix: Check = value => {
  const odd = isInnerPath(value) !== undefined || posix.normalize(value) !== value;
  return odd ? 'a folder of the bucket, for example models/v3: no "/" at its start, no "." or ".." in it' : undefined;
};
