// git's own server program behind HTTP: git http-backend speaks CGI, one process a request.
import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gitEnv } from './repositories.ts';
import type { GitSettings } from './settings.ts';

export interface ServeOptions {
  /** Added to the environment of the process. */
  env?: Record<string, string>;
  /** Runs when the process has ended, before the client has the end of its answer. */
  beforeEnd?: () => Promise<void>;
}

/** Answers a request of a git client; resolves when both the answer and the process have ended. */
export async function serveGit(
  settings: GitSettings,
  request: IncomingMessage,
  response: ServerResponse,
  { env, beforeEnd }: ServeOptions = {},
): Promise<void> {
  const child = spawn('git', ['http-backend'], {
    env: { ...gitEnv(settings), ...cgi(settings, request), ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
  // A client that goes away, or a backend that ends before it has read all, is no fault of the server.
  child.stdin.on('error', () => {});
  request.on('error', () => child.kill());
  request.pipe(child.stdin);
  let head: Buffer = Buffer.alloc(0);
  child.stdout.on('data', (bytes: Buffer) => {
    if (response.headersSent) return void response.write(bytes);
    head = Buffer.concat([head, bytes]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const { status, headers } = readHead(head.subarray(0, end).toString('latin1'));
    response.writeHead(status, headers);
    response.write(head.subarray(end + 4));
  });
  await ended;
  await beforeEnd?.();
  if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
  await new Promise<void>(resolve => response.end(resolve));
}

function cgi({ root }: GitSettings, request: IncomingMessage): Record<string, string> {
  const url = new URL(request.url ?? '/', 'http://git');
  const { headers } = request;
  const variables: Record<string, string | undefined> = {
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: decodeURIComponent(url.pathname),
    QUERY_STRING: url.search.slice(1),
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: headers['content-type'],
    CONTENT_LENGTH: headers['content-length'],
    HTTP_CONTENT_ENCODING: headers['content-encoding'],
    GIT_PROTOCOL: single(headers['git-protocol']),
    REMOTE_USER: 'developer',
    REMOTE_ADDR: request.socket.remoteAddress ?? '127.0.0.1',
  };
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

const single = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);

function readHead(text: string): { status: number; headers: Record<string, string> } {
  const pairs = text.split('\r\n').map(line => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  const status = pairs.find(([name]) => name.toLowerCase() === 'status')?.[1] ?? '200';
  const headers = Object.fromEntries(pairs.filter(([name]) => name.toLowerCase() !== 'status'));
  return { status: Number.parseInt(status, 10), headers };
}
