// Calls that must create nothing: unsigned, forged, another branch.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { test } from 'node:test';
import { commitAndPush } from '../../../sandbox/first-push/repository.ts';
import type { Fixture } from '../support/fixture.ts';
import { assertNoRunWithin, clone } from '../support/service.ts';

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

/** Posts to the listener through the sandbox's door. Gives the status, which tells nothing: the listener says 202 to all. */
export function post(fixture: Fixture, body: string, headers: Record<string, string>): Promise<number> {
  const { door } = fixture.config.ports;
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: door,
        method: 'POST',
        headers: {
          host: `el-cerebral.tekton-pipelines.localhost:${door}`,
          'content-type': 'application/json',
          'x-github-event': 'push',
          'content-length': Buffer.byteLength(body),
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

  test('a call without a signature creates nothing (C9)', async () => {
    const body = pushEvent(await head());
    await assertNoRunWithin(fixture(), 6, async () => {
      assert.ok((await post(fixture(), body, {})) < 500);
    });
  });

  test('a call with a forged signature creates nothing (C9)', async () => {
    const body = pushEvent(await head());
    await assertNoRunWithin(fixture(), 6, async () => {
      assert.ok((await post(fixture(), body, sign('not the secret', body))) < 500);
    });
  });

  test('a push to another branch creates nothing (C9)', async () => {
    await assertNoRunWithin(fixture(), 6, async () => {
      await commitAndPush(await clone(fixture()), 'On a branch', 'a-branch');
    });
  });
}
