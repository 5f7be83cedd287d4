// Calls of the listener, as a git host makes them and as it never would.
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import type { Fixture } from './fixture.ts';

/** A push of one commit to the sample's branch; `more` replaces fields of the event. */
export const pushEvent = (commit: string, more: Record<string, unknown> = {}) =>
  JSON.stringify({
    ref: 'refs/heads/main',
    before: '1'.repeat(40),
    after: commit,
    created: false,
    deleted: false,
    forced: false,
    repository: { name: 'cerebral', full_name: 'baerautotech/cerebral', default_branch: 'main' },
    commits: [{ id: commit, message: 'x', added: ['microservices/ai-services/main.py'], modified: [], removed: [] }],
    head_commit: { id: commit, message: 'x' },
    pusher: { name: 'someone' },
    ...more,
  });

export const signature = (secret: string, body: string) => ({
  'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
});

/** Posts with the signature of the stack's own secret. */
export async function sendSigned(fixture: Fixture, body: string, event = 'push'): Promise<number> {
  const secret = (await readFile(join(fixture.config.home, 'state', 'git', 'webhook-secret'), 'utf8')).trim();
  return send(fixture, body, { ...signature(secret, body), 'x-github-event': event });
}

/** Posts to the listener, by the API server's proxy: the listener has no port on the machine. Gives the status. */
export async function send(fixture: Fixture, body: string, headers: Record<string, string>): Promise<number> {
  const { home, ports } = fixture.config;
  const [ca, cert, key] = await Promise.all(
    ['ca.crt', 'admin.crt', 'admin.key'].map(name => readFile(join(home, 'pki', name))),
  );
  return new Promise((resolve, reject) => {
    const call = request(
      {
        ...{ host: '127.0.0.1', port: ports.api, ca, cert, key, method: 'POST', timeout: 30_000 },
        path: '/api/v1/namespaces/tekton-pipelines/services/slipway-push:8080/proxy/',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'x-github-event': 'push',
          ...headers,
        },
      },
      response => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    call.on('timeout', () => call.destroy(new Error('the listener did not answer within 30 s')));
    call.on('error', reject);
    call.end(body);
  });
}
