// A package index behind a proxy that opens TLS: what a company's network does to a build. All on the loopback.
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer, request } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { makeCertificates } from '../../../commands/certificates.ts';
import { makeWheel } from '../../wheel.ts';

/** The one distribution that the index has. */
export const distribution = { name: 'slipway-intercepted', version: '1.0' };

export interface InterceptingProxy {
  /** pip's settings by which a build reaches the index through the proxy. */
  pipConfig: string;
  /** The authority (PEM) that the proxy makes certificates with. */
  authority: string;
  /** Of the distribution's wheel. */
  sha256: string;
  /** Paths that came through the proxy. */
  seen: string[];
  close(): void;
}

const mostConnections = 50;

/** Starts index and proxy. Both certificates are for the name that makeCertificates gives to a server: any name will do. */
export async function startInterceptingProxy(): Promise<InterceptingProxy> {
  const host = 'buildkitd';
  const [theirs, ours] = await Promise.all([makeCertificates(), makeCertificates()]);
  const { file, bytes, sha256 } = makeWheel({ ...distribution, text: '"""Came through a proxy."""\n' });
  const index = createSecureServer({ cert: theirs.server.certificate, key: theirs.server.key }, (call, response) => {
    if (call.url === `/files/${file}`) return void response.end(bytes);
    response.setHeader('content-type', 'text/html');
    if (call.url === `/simple/${distribution.name}/`) return void response.end(`<a href="/files/${file}">${file}</a>`);
    response.writeHead(404).end();
  });
  await listening(index);
  const indexPort = (index.address() as AddressInfo).port;

  const seen: string[] = [];
  // Reads what the client meant for the index, and asks the index itself over a TLS of its own.
  const opened = createSecureServer({ cert: ours.server.certificate, key: ours.server.key }, (call, response) => {
    seen.push(call.url ?? '');
    const onward = { host: '127.0.0.1', port: indexPort, path: call.url, servername: host, ca: theirs.ca };
    request(onward, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    })
      .on('error', error => response.destroy(error))
      .end();
  });
  const proxy = createServer((_, response) => void response.writeHead(405).end());
  const sockets = new Set<Socket>();
  proxy.on('connect', (call, socket: Socket) => {
    sockets.add(socket.on('error', () => socket.destroy()));
    if (call.url !== `${host}:443` || sockets.size > mostConnections) return void socket.end('HTTP/1.1 403 No\r\n\r\n');
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    opened.emit('connection', socket);
  });
  await listening(proxy);
  return {
    pipConfig: `[global]\nindex-url = https://${host}/simple/\nproxy = http://127.0.0.1:${(proxy.address() as AddressInfo).port}\nretries = 0\n`,
    authority: ours.ca,
    sha256,
    seen,
    close: () => {
      for (const socket of sockets) socket.destroy();
      for (const server of [proxy, opened, index]) server.close();
      proxy.closeAllConnections();
      index.closeAllConnections();
    },
  };
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
}
