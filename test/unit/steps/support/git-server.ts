// A git server over HTTP (git's own backend as CGI), and repositories to serve.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';

/** What a commit holds: text of a file, a symbolic link, or a commit of a submodule (`.gitmodules` is a file of its own). */
export type Tree = Record<string, string | { link: string } | { submodule: string }>;

export interface GitServer {
  url: string;
  /** The Authorization headers that came, one a request that had one. */
  authorized: string[];
  stop(): void;
}

const AUTHOR = { GIT_AUTHOR_NAME: 'dev', GIT_AUTHOR_EMAIL: 'dev@example.com' };
const COMMITTER = { GIT_COMMITTER_NAME: 'dev', GIT_COMMITTER_EMAIL: 'dev@example.com' };
const DATES = { GIT_AUTHOR_DATE: '2026-01-02T03:04:05Z', GIT_COMMITTER_DATE: '2026-01-02T03:04:05Z' };

/** Makes a repository at `folder` or adds to it: one commit of `tree` on `branch`. Gives the commit. */
export function commitTree(folder: string, tree: Tree, branch = 'main'): string {
  const kept = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('GIT_')));
  const env = { ...kept, ...AUTHOR, ...COMMITTER, ...DATES, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, env, encoding: 'utf8' }).trim();
  mkdirSync(folder, { recursive: true });
  git('init', '-q', '--initial-branch=main');
  git('checkout', '-q', '-B', branch);
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (typeof content !== 'string' && 'submodule' in content) continue;
    if (typeof content === 'string') writeFileSync(join(folder, path), content);
    else symlinkSync(content.link, join(folder, path));
  }
  git('add', '-A');
  for (const [path, content] of Object.entries(tree)) {
    if (typeof content === 'string' || !('submodule' in content)) continue;
    git('update-index', '--add', '--cacheinfo', `160000,${content.submodule},${path}`);
  }
  git('commit', '-q', '--allow-empty', '-m', 'a change');
  return git('rev-parse', 'HEAD');
}

/**
 * Serves the repositories below `root`. With `password`, every request must carry it. `outages`: that many requests
 * are answered 503 first. `heads`: it gives out the heads of branches and no other commit, as old servers do.
 * `redirect`: every request is sent on there.
 */
export async function serveGit(
  root: string,
  options: { password?: string; outages?: number; heads?: boolean; redirect?: string } = {},
): Promise<GitServer> {
  let outages = options.outages ?? 0;
  const authorized: string[] = [];
  const server = createServer((request, response) => {
    if (outages-- > 0) return response.writeHead(503).end();
    if (request.headers.authorization) authorized.push(request.headers.authorization);
    if (options.redirect) return response.writeHead(302, { location: `${options.redirect}${request.url}` }).end();
    const given = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
    if (options.password && given.slice(given.indexOf(':') + 1) !== options.password) {
      return response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    }
    const { pathname, search } = new URL(request.url!, 'http://localhost');
    const backend = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env.PATH,
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'safe.directory',
        GIT_CONFIG_VALUE_0: '*',
        PATH_INFO: pathname,
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: options.heads ? '' : ((request.headers['git-protocol'] as string | undefined) ?? ''),
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    request.pipe(backend.stdin);
    backend.stdin.on('error', () => {});
    const chunks: Buffer[] = [];
    backend.stdout.on('data', chunk => chunks.push(chunk));
    backend.on('close', () => {
      const answer = Buffer.concat(chunks);
      const gap = answer.indexOf('\r\n\r\n');
      const headers = answer
        .subarray(0, gap)
        .toString()
        .split('\r\n')
        .map(line => line.split(': ') as [string, string]);
      const status = headers.find(([name]) => name === 'Status');
      for (const [name, value] of headers) if (name !== 'Status') response.setHeader(name, value);
      response.writeHead(status ? Number.parseInt(status[1], 10) : 200).end(answer.subarray(gap + 4));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    authorized,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
