// What can go wrong with a registry: it answers with an error, or it does not answer.

/** The registry answered, and not with what was asked for. `code` is the registry's own (`MANIFEST_UNKNOWN`, …). */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly status: number;
  readonly code: string;

  constructor(method: string, url: string, status: number, code: string, message: string) {
    super(`${method} ${url}: ${code}${message && message !== code ? `: ${message}` : ''}`);
    this.status = status;
    this.code = code;
  }
}

/** Our own code: a registry calls it an unknown error, and only the details of its answer tell. */
export const DISK_FULL = 'DISK_FULL';
export const fullRegistry =
  'the disk under the registry is full; make its volume larger or remove images from it, and it takes the same push again';

/** Our own code: such a registry answers a write with a bare 405, and names no reason. */
export const READ_ONLY = 'READ_ONLY';
const readOnly =
  'the registry is read-only, as it is while its garbage is collected; where no slipway prune --collect is running, one was cut off: run it again';

/** No usable answer came: connection refused, unknown host, untrusted certificate, time out, broken off. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly registry: string;

  constructor(registry: string, url: string, fault: unknown) {
    const why = networkFault(fault);
    const remedy = why === UNKNOWN_HOST ? OTHER_ADDRESS : '';
    super(`registry ${registry} can't be reached at ${url}: ${why}${remedy}`, { cause: fault });
    this.registry = registry;
  }
}

/** An error answer as the distribution spec has it, `{"errors": [{code, message}]}`, or the status where it has none. */
export function errorOf(method: string, url: string, status: number, body: string): RegistryError {
  const first = specErrors(body)?.[0];
  if (status >= 500 && /no space left on device|disk quota exceeded/.test(body)) {
    return new RegistryError(method, url, status, DISK_FULL, fullRegistry);
  }
  if (isReadOnly(method, status, body)) return new RegistryError(method, url, status, READ_ONLY, readOnly);
  const code = oneLine(first?.code ?? '') || `HTTP_${status}`;
  return new RegistryError(method, url, status, code, oneLine(first?.message ?? `status ${status}`));
}

// A registry that never takes writes, a mirror, says so by an error document.
function isReadOnly(method: string, status: number, body: string): boolean {
  return status === 405 && ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) && specErrors(body) === undefined;
}

/** Whether it may be that a registry is only away for a moment: nothing listens, or what stands before it says so. */
export function isAway(error: unknown): boolean {
  if (error instanceof RegistryError) return [502, 503, 504].includes(error.status);
  if (!(error instanceof UnreachableError)) return false;
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    if (cause.name === 'TimeoutError' || AWAY.includes(String((cause as { code?: unknown }).code))) return true;
  }
  return false;
}

// Some servers send the trace of their own stack.
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 300);
}

/** Whether `body` is an error document of a registry, and not a page of some other server. */
export function isSpecError(body: string): boolean {
  return specErrors(body) !== undefined;
}

function specErrors(body: string): { code?: string; message?: string }[] | undefined {
  try {
    const errors = (JSON.parse(body) as { errors?: unknown }).errors;
    if (!Array.isArray(errors)) return undefined;
    return errors.map((error: { code?: unknown; message?: unknown } | null) => ({
      ...(typeof error?.code === 'string' && { code: error.code }),
      ...(typeof error?.message === 'string' && { message: error.message }),
    }));
  } catch {
    return undefined;
  }
}

const UNKNOWN_HOST = 'the host is not known here';
const OTHER_ADDRESS = '; a registry with another address here is named in SLIPWAY_ENDPOINTS';
const AWAY = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
];

const FAULTS: Record<string, string> = {
  ECONNREFUSED: 'connection refused; check that it runs, and that this is its port',
  ENOTFOUND: UNKNOWN_HOST,
  EAI_AGAIN: UNKNOWN_HOST,
  ECONNRESET: 'the connection was broken off',
  UND_ERR_SOCKET: 'the connection was broken off',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within 10 s',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped half-way',
  EPROTO: 'it does not speak TLS there; for plain HTTP its endpoint starts with http://',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS there; for plain HTTP its endpoint starts with http://',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS there; for plain HTTP its endpoint starts with http://',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted; name its authority in NODE_EXTRA_CA_CERTS',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted; name its authority in NODE_EXTRA_CA_CERTS',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted; name its authority in NODE_EXTRA_CA_CERTS',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not trusted; name its authority in NODE_EXTRA_CA_CERTS',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  Z_DATA_ERROR: "its answer can't be unpacked",
};

/** Why no answer came, in a few words; fetch hides the reason under one or two causes. */
export function networkFault(fault: unknown): string {
  let deepest: unknown = fault;
  for (let error = fault; error instanceof Error; error = error.cause) {
    if (error.name === 'TimeoutError') return error.message;
    const code = (error as { code?: unknown }).code;
    if (typeof code === 'string' && FAULTS[code]) return FAULTS[code];
    if (typeof code === 'string' && code.startsWith('HPE_')) return 'what answers there does not speak HTTP';
    deepest = error;
  }
  return deepest instanceof Error ? deepest.message : String(deepest);
}
