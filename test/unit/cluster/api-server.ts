// An API server of a few lines for the client's tests: plain, or with TLS under a certificate of its own.
// The certificate library's decorators want it loaded first.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';

export interface Recorded {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: http.IncomingHttpHeaders;
  body: string;
}

export type Answer = [status: number, body: unknown, headers?: http.OutgoingHttpHeaders] | 'broken off' | undefined;

export interface ApiServer {
  url: string;
  /** The certificate to trust, in PEM; empty without TLS. */
  ca: string;
  requests: Recorded[];
  /** What to answer; undefined leaves the request open. */
  answer: (request: Recorded) => Answer | Promise<Answer>;
  /** What is written of an answer that never ends, in place of `answer`. */
  begins?: string;
  stop(): void;
}

export async function startApiServer(tls = false): Promise<ApiServer> {
  const identity = tls ? await selfSigned() : undefined;
  const handler: http.RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('end', async () => {
      const url = new URL(request.url!, api.url);
      const recorded: Recorded = {
        method: request.method!,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      api.requests.push(recorded);
      if (api.begins !== undefined) {
        response.writeHead(200).write(api.begins);
        return;
      }
      const answer = await api.answer(recorded);
      if (answer === 'broken off') request.socket.destroy();
      else if (answer) {
        const [status, body, headers] = answer;
        const plain = typeof body === 'string' || Buffer.isBuffer(body);
        response.writeHead(status, headers).end(plain ? body : JSON.stringify(body));
      }
    });
  };
  const server = identity ? https.createServer(identity, handler) : http.createServer(handler);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const api: ApiServer = {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: identity?.cert ?? '',
    requests: [],
    answer: () => [200, {}],
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return api;
}

async function selfSigned(): Promise<{ cert: string; key: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=test',
    notAfter: new Date(Date.now() + 3_600_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { cert: certificate.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
}
