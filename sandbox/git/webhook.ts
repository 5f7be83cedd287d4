// A signed push event to every listener, apart from the push itself: who pushes never waits for who listens.
import { createHmac, randomUUID } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { request } from 'node:http';
import { isIP } from 'node:net';

/** The value of `x-hub-signature-256`: HMAC-SHA256 of the body. */
export function sign(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

export interface DeliveryOptions {
  secret: string;
  /** DNS server for the URL's host. */
  resolver?: string;
  /** Milliseconds for one attempt; 10 000. */
  timeout?: number;
  /** Milliseconds before the attempts after the first; a listener that is just starting is met by the later ones. */
  delays?: readonly number[];
}

const defaultDelays = [250, 500, 1000, 2000, 4000, 8000, 15_000];

/**
 * Sends one event, again while the listener can't be reached or answers with a fault of its own (5xx). Returns what
 * happened, for the log; throws never.
 */
export async function deliver(url: string, event: string, payload: unknown, options: DeliveryOptions): Promise<string> {
  const body = JSON.stringify(payload);
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'slipway-sandbox-git',
    'x-github-event': event,
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': sign(options.secret, body),
    // Its end is the end of the call: a kept connection would outlive a listener's pod.
    connection: 'close',
  };
  const started = Date.now();
  let outcome = '';
  for (const [attempt, delay] of [0, ...(options.delays ?? defaultDelays)].entries()) {
    if (delay > 0) await new Promise(resolve => setTimeout(resolve, delay));
    try {
      const status = await post(url, headers, body, options);
      outcome = `status ${status}`;
      if (status < 500)
        return `${outcome} after ${Date.now() - started} ms${attempt > 0 ? `, attempt ${attempt + 1}` : ''}`;
    } catch (error) {
      outcome = error instanceof Error ? error.message : String(error);
    }
  }
  return `given up after ${Date.now() - started} ms: ${outcome}`;
}

async function post(
  url: string,
  headers: Record<string, string>,
  body: string,
  options: DeliveryOptions,
): Promise<number> {
  const { hostname, port, pathname, search, host } = new URL(url);
  const address = options.resolver && !isIP(hostname) ? await resolve(hostname, options.resolver) : hostname;
  return new Promise((done, fail) => {
    const call = request(
      {
        agent: false,
        host: address,
        port: port || 80,
        path: pathname + search,
        method: 'POST',
        headers: { host, ...headers },
        timeout: options.timeout ?? 10_000,
      },
      answer => {
        // An answer that nobody reads would hold the connection open.
        answer.resume();
        answer.once('end', () => done(answer.statusCode ?? 0));
        answer.once('error', fail);
      },
    );
    call.once('timeout', () => call.destroy(new Error('no answer in time')));
    call.once('error', fail);
    call.end(body);
  });
}

async function resolve(host: string, server: string): Promise<string> {
  const resolver = new Resolver({ timeout: 1000, tries: 2 });
  resolver.setServers([server]);
  const [address] = await resolver.resolve4(host);
  if (!address) throw new Error(`${host} has no address`);
  return address;
}
