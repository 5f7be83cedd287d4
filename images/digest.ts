// The one thing that flows from Dockerfile to rollout: the sha256 digest of a manifest, an index or a blob.
import { createHash } from 'node:crypto';

/** `sha256:` and 64 lower-case hexadecimal digits. Other algorithms of the OCI image spec are not in use anywhere here. */
export type Digest = `sha256:${string}`;

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Whether `text` is a digest, whole and in lower case. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && DIGEST.test(text);
}

/** `text` as a digest. Throws one line that shows what was found and what is allowed. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new Error(`digest "${text}": ${faultOf(text)}; expected sha256: and 64 lower-case hexadecimal digits`);
}

/** The digest of `bytes` (a string counts as UTF-8). */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The first 12 hexadecimal digits: enough to tell images apart in a message or a tag. */
export function shortDigest(digest: Digest): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}

function faultOf(text: string): string {
  if (text === '') return 'it is empty';
  const colon = text.indexOf(':');
  if (colon < 0) return 'it has no algorithm';
  if (text.slice(0, colon) !== 'sha256') return `algorithm "${text.slice(0, colon)}" is not supported`;
  const hex = text.slice(colon + 1);
  if (!/^[0-9a-f]*$/.test(hex)) return 'it has characters other than 0-9 and a-f';
  return `it has ${hex.length} digits`;
}
