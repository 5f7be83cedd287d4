// A package index behind a proxy that opens TLS: what a company's network does to a build. All on the loopback.
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer, request } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { makeCertificates } from '../../../commands/certificates.ts';
import { makeWheel } from '../../wheel.ts';

/** The one distribution that the index has, in two versions. */
const name = 'slipway-intercepted';
const versions = {
  good: { name, version: '1.0', text: '"""Came through a proxy."""\n' },
  // Fits, installs, and can't be imported.
  broken: {
    name,
    version: '1.1',
    text: 'import platform\n\nassert platform.machine() != "aarch64", "made for amd64 alone"\n',
  },
};

/** A line of a requirements list, and its line of a lock. */
export interface Pin {
  line: string;
  locked: string;
}

export interface InterceptingProxy {
  /** pip's settings by which a build reaches the index through the proxy. */
  pipConfig: string;
  /** The authority (PEM) that the proxy makes certificates with. */
  authority: string;
  pins: Record<keyof typeof versions, Pin>;
  /** Paths that came through the proxy. */
  seen: string[];
  close(): void;
}

const mostConnections = 50;

/** Starts index and proxy. Both certificates are for the name that makeCertificates gives to a server: any name will do. */
export async function startInterceptingProxy(): Promise<InterceptingProxy> {
  const host = 'buildkitd';
  const [theirs, ours] = await Promise.all([makeCertificates(), makeCertificates()]);
  const wheels = { good: makeWheel(versions.good), broken: makeWheel(versions.broken) };
  const pinOf = (which: keyof typeof versions): Pin => {
    const line = `${name}==${versions[which].version}`;
    return { line, locked: `${line} --hash=sha256:${wheels[which].sha256}` };
  };
  const index = createSecureServer({ cert: theirs.server.certificate, key: theirs.server.key }, (call, response) => {
    const all = Object.values(wheels);
    const asked = all.find(({ file }) => call.url === `/files/${file}`);
    if (asked) return void response.end(asked.bytes);
    response.setHeader('content-type', 'text/html');
    const links = all.map(({ file }) => `<a href="/files/${file}">${file}</a>`);
    if (call.url === `/simple/${name}/`) return void response.end(links.join('\n'));
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
    pins: { good: pinOf('good'), broken: pinOf('broken') },
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
