// A package index of made-up wheels on the loopback, in the simple form that every index has.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeWheel, type Wheel } from '../wheel.ts';

export interface PackageIndex {
  /** To be given to pip or uv as an index. */
  url: string;
  /** Digest of a wheel, by its file's name. */
  hashes: Record<string, string>;
  add(...wheels: Wheel[]): void;
  close(): Promise<void>;
}

export async function startPackageIndex(...wheels: Wheel[]): Promise<PackageIndex> {
  const files = new Map<string, { name: string; bytes: Buffer; sha256: string }>();
  const hashes: Record<string, string> = {};
  const add = (...more: Wheel[]) => {
    for (const wheel of more) {
      const { file, bytes, sha256 } = makeWheel(wheel);
      files.set(file, { name: wheel.name, bytes, sha256 });
      hashes[file] = sha256;
    }
  };
  add(...wheels);
  const server = createServer((call, response) => {
    const [, kind, name] = decodeURIComponent(call.url ?? '').split('/');
    if (kind === 'files' && files.has(name!)) return void response.end(files.get(name!)!.bytes);
    const own = [...files].filter(([, file]) => file.name === name);
    if (kind !== 'simple' || own.length === 0) return void response.writeHead(404).end();
    response.setHeader('content-type', 'text/html');
    response.end(
      own
        .map(([file, { sha256 }]) => `<a href="/files/${encodeURIComponent(file)}#sha256=${sha256}">${file}</a>\n`)
        .join(''),
    );
  });
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`,
    hashes,
    add,
    close: () =>
      new Promise(done => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
