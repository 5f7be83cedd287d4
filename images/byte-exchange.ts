// A request whose body or answer is a blob, over Node's own http: fetch does the same by web streams, and costs twice the
// time of a processor for each byte.
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { Bytes } from './byte-streams.ts';

export interface Exchange {
  method: 'GET' | 'PUT';
  headers: Record<string, string>;
  /** Ends it, the body of the answer included. */
  signal: AbortSignal;
  body?: Bytes;
}

/** An answer whose body is still to be read; a reader that leaves it ends the exchange. */
export interface Exchanged {
  status: number;
  headers: Headers;
  body: AsyncIterable<Uint8Array>;
  /** To be called once the answer was read: where it came before all of the body was sent, the rest is not sent. */
  end(): void;
}

const REDIRECTS = [301, 302, 303, 307, 308];
const FURTHEST = 5;
/** Bytes that wait on each side of a connection: what comes while others are served is then passed on as one piece. */
const highWaterMark = 1024 * 1024;

/** The answer to one request. A GET follows where it is led: registries keep blobs elsewhere. */
export async function exchange(url: string, { headers, ...more }: Exchange, followed = 0): Promise<Exchanged> {
  const answered = await ask(url, { headers, ...more });
  const location = answered.headers.get('location');
  const led = more.method === 'GET' && REDIRECTS.includes(answered.status) && location !== null;
  if (!led) return answered;
  answered.end();
  if (followed === FURTHEST) throw new Error(`it leads on more than ${FURTHEST} times`);
  if (!URL.canParse(location, url)) throw new Error(`it leads on to ${JSON.stringify(location)}, which is no address`);
  const next = new URL(location, url);
  // Who we are at the registry is nobody else's affair.
  const { authorization: _, ...others } = headers;
  const same = next.origin === new URL(url).origin;
  return exchange(next.href, { headers: same ? headers : others, ...more }, followed + 1);
}

async function ask(url: string, { method, headers, signal, body }: Exchange): Promise<Exchanged> {
  const options = { method, headers, signal, highWaterMark };
  const request = (url.startsWith('https:') ? https : http).request(url, options);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
    // A fault of the body ends the request, which tells it.
    if (body) pipeline(body, request).catch(() => undefined);
    else request.end();
  });
  const found = new Headers();
  for (const [name, values = []] of Object.entries(response.headersDistinct)) {
    for (const value of values) found.append(name, value);
  }
  return { status: response.statusCode!, headers: found, body: response, end: () => void request.destroy() };
}
