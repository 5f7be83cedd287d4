// A package index behind a proxy that opens TLS: what a company's network does to a build. All on the loopback.
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer, request } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import { makeCertificates } from '../../../commands/certificates.ts';

/** The one distribution that the index has. */
export const distribution = { name: 'slipway-intercepted', module: 'slipway_intercepted', version: '1.0' };

export interface InterceptingProxy {
  /** pip's settings by which a build reaches the index through the proxy. */
  pipConfig: string;
  /** The authority (PEM) that the proxy makes certificates with. */
  authority: string;
  /** Paths that came through the proxy. */
  seen: string[];
  close(): void;
}

const mostConnections = 50;

/** Starts index and proxy. Both certificates are for the name that makeCertificates gives to a server: any name will do. */
export async function startInterceptingProxy(): Promise<InterceptingProxy> {
  const host = 'buildkitd';
  const [theirs, ours] = await Promise.all([makeCertificates(), makeCertificates()]);
  const wheel = makeWheel();
  const file = `${distribution.module}-${distribution.version}-py3-none-any.whl`;
  const index = createSecureServer({ cert: theirs.server.certificate, key: theirs.server.key }, (call, response) => {
    if (call.url === `/files/${file}`) return void response.end(wheel);
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

// A wheel is a zip archive; its files are stored as they are.
function makeWheel(): Buffer {
  const info = `${distribution.module}-${distribution.version}.dist-info`;
  const files: Record<string, string> = {
    [`${distribution.module}.py`]: '"""Came through a proxy."""\n',
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${distribution.name}\nVersion: ${distribution.version}\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  };
  files[`${info}/RECORD`] = [...Object.keys(files), `${info}/RECORD`].map(name => `${name},,\n`).join('');
  const bodies: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const [path, data] = [Buffer.from(name), Buffer.from(text)];
    // Version 2.0, no flags, stored, 1980-01-01, checksum, both sizes, lengths of name and extra field.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(path.length, 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(0o644 << 16, 6);
    rest.writeUInt32LE(offset, 10);
    const body = Buffer.concat([Buffer.from('PK\x03\x04'), common, path, data]);
    entries.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, rest, path]));
    bodies.push(body);
    offset += body.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, directory, end]);
}
