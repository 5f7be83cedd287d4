// What keeps an object from being copied, each as one line for the person who mends it.
import type { IncomingHttpHeaders } from 'node:http';
import { oneLine } from '../../cluster/one-line.ts';
import { networkFault } from '../../images/registry-errors.ts';
import { printSize } from '../../images/size.ts';
import type { ObjectStore } from './store.ts';

/** One object that can't be had, or all of them for the same reason. */
export class ObjectFault extends Error {
  override readonly name = 'ObjectFault';
  /** Whether the others would fail in the same way. */
  readonly forAll: boolean;
  /** Whether another try may help. */
  readonly passing: boolean;

  constructor(message: string, { forAll = false, passing = false, cause }: Partial<ObjectFault> = {}) {
    super(message, { cause });
    this.forAll = forAll;
    this.passing = passing;
  }
}

export interface Refusal {
  status: number;
  headers: IncomingHttpHeaders;
  /** What the store has written: XML with a code and a message, or nothing after a HEAD. */
  text: string;
}

const KEYS = ['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidToken', 'ExpiredToken', 'TokenRefreshRequired'];
const REGION = [
  'AuthorizationHeaderMalformed',
  'PermanentRedirect',
  'TemporaryRedirect',
  'IllegalLocationConstraintException',
];
const LONGEST = 200;

/** The fault of an answer that is no success. */
export function refused(store: ObjectStore, key: string, { status, headers, text }: Refusal): ObjectFault {
  const code = element(text, 'Code') ?? `status ${status}`;
  const message = element(text, 'Message');
  const said = store.withoutSecrets(message === undefined || message === code ? code : `${code}: ${message}`);
  const object = store.name(key);
  if (status >= 500 || status === 429 || code === 'SlowDown' || code === 'RequestTimeout') {
    return new ObjectFault(`${object}: the store fails (${said}); look into its log`, { forAll: true, passing: true });
  }
  if (code === 'NoSuchBucket') {
    const remedy = 'check the names of bucket, region and endpoint';
    return new ObjectFault(`bucket ${store.bucket} is not at ${store.endpoint}; ${remedy}`, { forAll: true });
  }
  const region = headers['x-amz-bucket-region'] ?? element(text, 'Region');
  if (REGION.includes(code) || (status >= 300 && status < 400)) {
    const other = region === undefined ? 'another region, or has another endpoint' : `region ${region}`;
    const remedy = `; the stack says ${store.region} (${said})`;
    return new ObjectFault(`bucket ${store.bucket} at ${store.endpoint} is in ${other}${remedy}`, { forAll: true });
  }
  if (code === 'RequestTimeTooSkewed') {
    const remedy = `set the clock of the node or of the store (${said})`;
    return new ObjectFault(`${store.endpoint} has another time than this node; ${remedy}`, { forAll: true });
  }
  if (KEYS.includes(code)) {
    const remedy = "check the Secret's access key, secret key and session token";
    return new ObjectFault(`${store.place} does not take the access key (${said}); ${remedy}`, { forAll: true });
  }
  if (status === 404) {
    return new ObjectFault(`${object} is not there; upload it, or take it out of the checksum list`);
  }
  if (status === 401 || status === 403) return new ObjectFault(`${object} is refused (${said}); ${store.access}`);
  return new ObjectFault(`${object}: the store's answer is no success (${said})`);
}

/** No answer came, or it broke off. */
export function unreachable(store: ObjectStore, fault: unknown): ObjectFault {
  const message = `${store.place} can't be reached: ${networkFault(fault)}`;
  return new ObjectFault(message, { forAll: true, passing: !isCertificate(fault), cause: fault });
}

/** The volume does not take what is written. `size`: bytes of the object, where they are known. */
export function unwritable(target: string, path: string, size: number | undefined, fault: unknown): ObjectFault {
  const { code = '', message } = fault as NodeJS.ErrnoException;
  const options = { forAll: true, cause: fault };
  if (['ENOSPC', 'EDQUOT'].includes(code)) {
    const needed = size === undefined ? '' : `, which has ${printSize(size)}`;
    return new ObjectFault(`the volume at ${target} is full: no room for ${path}${needed}; make it larger`, options);
  }
  if (['EACCES', 'EPERM', 'EROFS', 'ENOENT'].includes(code)) {
    const remedy = 'it must be there, and writable for the user of this container';
    return new ObjectFault(`${target} can't be written (${code}); ${remedy}`, options);
  }
  return new ObjectFault(`${path} can't be written to ${target}: ${message}`, options);
}

// Of a certificate that is not trusted, no other try makes a trusted one.
function isCertificate(fault: unknown): boolean {
  const { code = '' } = fault as NodeJS.ErrnoException;
  return /CERT|UNABLE_TO_VERIFY|EPROTO|SSL|^HPE_/.test(String(code));
}

function element(xml: string, name: string): string | undefined {
  const text = oneLine(new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '').slice(0, LONGEST);
  return text === '' ? undefined : text;
}
