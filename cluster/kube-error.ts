// What the API server says when it refuses, kept whole: callers decide by status and reason, people read the message.

/** One field at fault, as the server names it. */
export interface KubeCause {
  field?: string;
  message?: string;
  reason?: string;
}

/** An answer of the API server that is no success. `reason` is the server's (`Conflict`, `Invalid`, `Forbidden`, …). */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly status: number;
  readonly reason: string;
  readonly details: { name?: string; kind?: string; causes?: KubeCause[]; [field: string]: unknown };

  constructor(request: string, status: number, reason: string, message: string, details: KubeError['details'] = {}) {
    super(`${request}: ${status} ${reason}${message ? `: ${message}` : ''}`);
    this.status = status;
    this.reason = reason;
    this.details = details;
  }
}

/** The error of a `Status` object, or of whatever else came with that HTTP status. */
export function kubeErrorOf(method: string, url: string, status: number, body: unknown): KubeError {
  const request = `${method} ${url}`;
  if (typeof body === 'object' && body !== null && (body as { kind?: unknown }).kind === 'Status') {
    const { reason, message, details } = body as { reason?: string; message?: string; details?: KubeError['details'] };
    return new KubeError(request, status, reason || 'Unknown', message ?? '', details ?? {});
  }
  const text = typeof body === 'string' ? body.replace(/\s+/g, ' ').trim().slice(0, 200) : '';
  return new KubeError(request, status, 'Unknown', text);
}
