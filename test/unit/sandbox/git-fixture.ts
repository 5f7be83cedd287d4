// A git server of the sandbox on a free port, a clone of its repository, and a listener that keeps what it is told.
import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startGitServer } from '../../../sandbox/git/server.ts';

export const secret = 'a secret for tests';

export interface Delivery {
  headers: IncomingHttpHeaders;
  body: string;
  // biome-ignore lint/suspicious/noExplicitAny: a payload is read field by field
  payload: any;
}

/** Answers with `status()`; keeps every call. */
export async function startListener(status: () => number = () => 202) {
  const deliveries: Delivery[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      deliveries.push({ headers: request.headers, body, payload: JSON.parse(body) });
      response.writeHead(status()).end('{}');
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, deliveries, stop: () => server.close() };
}

export async function startServer(webhooks: string[], delays: number[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-git-'));
  const secretFile = join(folder, 'secret');
  writeFileSync(secretFile, `${secret}\n`);
  const lines: string[] = [];
  const settings = {
    root: join(folder, 'repositories'),
    repositories: [
      { name: 'shop', fullName: 'owner/shop' },
      { name: 'private', fullName: 'owner/private', tokenFile: secretFile },
    ],
    listen: { host: '127.0.0.1', port: 0 },
    publicUrl: 'http://10.36.0.1:3000',
    secretFile,
    webhooks,
  };
  const { server, settled } = await startGitServer(settings, line => lines.push(line), { delays });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    lines,
    settled,
    settings,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A clone with its own author and none of the user's settings. */
export async function clone(url: string) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-clone-'));
  const author = { NAME: 'Ada', EMAIL: 'ada@example.com' };
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    ...Object.fromEntries(
      Object.entries(author).flatMap(([key, value]) => [
        [`GIT_AUTHOR_${key}`, value],
        [`GIT_COMMITTER_${key}`, value],
      ]),
    ),
  };
  const git = async (...args: string[]) => (await promisify(execFile)('git', args, { cwd: folder, env })).stdout.trim();
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', url);
  return {
    folder,
    git,
    /** Writes files (undefined removes one), commits, and gives the commit's id. */
    async commit(message: string, files: Record<string, string | undefined> = {}): Promise<string> {
      for (const [name, text] of Object.entries(files)) {
        const file = join(folder, name);
        await mkdir(dirname(file), { recursive: true });
        if (text === undefined) await rm(file);
        else await writeFile(file, text);
      }
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '--message', message);
      return git('rev-parse', 'HEAD');
    },
  };
}
