// The sandbox's git server: clones, fetches and pushes over HTTP; a signed push event for every ref that a push moved.
import { readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveGit } from './backend.ts';
import { pushEvent, readUpdates } from './push-event.ts';
import { makeRepositories, updatesVariable } from './repositories.ts';
import type { GitSettings, Repository } from './settings.ts';
import { type DeliveryOptions, deliver } from './webhook.ts';

export interface GitServer {
  server: Server;
  /** Resolves when every event of the pushes so far was delivered or given up. */
  settled(): Promise<void>;
}

/** Makes the repositories and listens. `log` gets one line for each delivery; it never sees the secret. */
export async function startGitServer(
  settings: GitSettings,
  log: (line: string) => void,
  delivery: Partial<DeliveryOptions> = {},
): Promise<GitServer> {
  await makeRepositories(settings);
  const secret = (await readFile(settings.secretFile, 'utf8')).trim();
  const options = { resolver: settings.resolver, ...delivery, secret };
  // Events of one repository leave in the order of its pushes.
  const queues = new Map<string, Promise<void>>();
  let pushes = 0;
  const announce = (repository: Repository, updates: string) => {
    const before = queues.get(repository.name) ?? Promise.resolve();
    queues.set(
      repository.name,
      before.then(() => tellAll(settings, repository, updates, options, log)),
    );
  };
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const repository = settings.repositories.find(({ name }) => path.startsWith(`/${name}.git/`));
    if (!repository) {
      const known = settings.repositories.map(({ name }) => `/${name}.git`).join(', ');
      response.writeHead(404, { 'content-type': 'text/plain' }).end(`no repository at ${path}; there are ${known}\n`);
      return;
    }
    if (!(await maySee(repository, request))) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"', 'content-type': 'text/plain' });
      response.end(`repository ${repository.name} is private\n`);
      return;
    }
    const isPush = request.method === 'POST' && path === `/${repository.name}.git/git-receive-pack`;
    if (!isPush) return serveGit(settings, request, response);
    const file = join(tmpdir(), `slipway-push-${process.pid}-${pushes++}`);
    // Announced before the client has its answer, so that two pushes in a row keep their order.
    await serveGit(settings, request, response, {
      env: { [updatesVariable]: file },
      beforeEnd: async () => {
        const updates = await readFile(file, 'utf8').catch(() => '');
        await rm(file, { force: true });
        if (updates !== '') announce(repository, updates);
      },
    });
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: Error) => {
      log(`${request.method} ${request.url}: ${error.message}`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const { listen } = settings;
    server.listen('fd' in listen ? { fd: listen.fd } : listen, resolve);
  });
  return { server, settled: async () => void (await Promise.all(queues.values())) };
}

async function maySee({ tokenFile }: Repository, { headers }: IncomingMessage): Promise<boolean> {
  if (tokenFile === undefined) return true;
  const token = (await readFile(tokenFile, 'utf8')).trim();
  const given = Buffer.from((headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
  return token !== '' && given.slice(given.indexOf(':') + 1) === token;
}

async function tellAll(
  settings: GitSettings,
  repository: Repository,
  updates: string,
  options: DeliveryOptions,
  log: (line: string) => void,
): Promise<void> {
  for (const update of readUpdates(updates)) {
    const what = `${repository.fullName} ${update.ref} ${update.before.slice(0, 12)}..${update.after.slice(0, 12)}`;
    try {
      const event = await pushEvent(settings, repository, update);
      const tell = async (url: string) => log(`${what} → ${url}: ${await deliver(url, 'push', event, options)}`);
      await Promise.all(settings.webhooks.map(tell));
    } catch (error) {
      log(`${what}: ${(error as Error).message}`);
    }
  }
}
