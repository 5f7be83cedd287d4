// Calls that must create nothing: unsigned, forged, another branch.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { commitAndPush } from '../../../sandbox/first-push/repository.ts';
import { endOfRun, succeeded } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { assertNoRunWithin, clone, newRun, runNames } from '../support/service.ts';

const pushEvent = (commit: string) =>
  JSON.stringify({
    ref: 'refs/heads/main',
    before: '0'.repeat(40),
    after: commit,
    created: true,
    deleted: false,
    forced: false,
    repository: { name: 'cerebral', full_name: 'baerautotech/cerebral', default_branch: 'main' },
    commits: [{ id: commit, message: 'x', added: ['microservices/ai-services/main.py'], modified: [], removed: [] }],
    head_commit: { id: commit, message: 'x' },
    pusher: { name: 'someone' },
  });

/**
 * Posts to the listener, by the API server's proxy: the listener has no port on the machine. Gives the status, which
 * tells nothing of what became of the call: the listener says 202 to all.
 */
async function post(fixture: Fixture, body: string, headers: Record<string, string>): Promise<number> {
  const { home, ports } = fixture.config;
  const [ca, cert, key] = await Promise.all(
    ['ca.crt', 'admin.crt', 'admin.key'].map(name => readFile(join(home, 'pki', name))),
  );
  return new Promise((resolve, reject) => {
    const call = request(
      {
        ...{ host: '127.0.0.1', port: ports.api, ca, cert, key, method: 'POST' },
        path: '/api/v1/namespaces/tekton-pipelines/services/el-cerebral:8080/proxy/',
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
    call.on('error', reject);
    call.end(body);
  });
}

const sign = (secret: string, body: string) => ({
  'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
});

export function webhooks(fixture: () => Fixture): void {
  const head = async () => (await (await clone(fixture())).git('rev-parse', 'HEAD')).trim();

  test('a call signed with the stack’s secret creates a run, so that the two below would show (C9)', async () => {
    const f = fixture();
    const body = pushEvent(await head());
    const before = await runNames(f);
    const secret = (await readFile(join(f.config.home, 'state', 'git', 'webhook-secret'), 'utf8')).trim();
    assert.equal(await post(f, body, sign(secret, body)), 202);
    const created = await newRun(f, before);
    assert.equal(succeeded(await endOfRun(f.kube, created)), true);
  });

  test('a call without a signature creates nothing (C9)', async () => {
    const body = pushEvent(await head());
    await assertNoRunWithin(fixture(), 6, async () => {
      assert.equal(await post(fixture(), body, {}), 202);
    });
  });

  test('a call with a forged signature creates nothing (C9)', async () => {
    const body = pushEvent(await head());
    await assertNoRunWithin(fixture(), 6, async () => {
      assert.equal(await post(fixture(), body, sign('not the secret', body)), 202);
    });
  });

  test('a push to another branch creates nothing (C9)', async () => {
    await assertNoRunWithin(fixture(), 6, async () => {
      await commitAndPush(await clone(fixture()), 'On a branch', 'a-branch');
    });
  });
}
