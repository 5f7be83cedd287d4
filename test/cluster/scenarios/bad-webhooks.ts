// Calls that no git host makes, some of them signed: nothing is created or run by them, and the listener goes on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOfRun, reason, succeeded } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { assertNoRunWithin, clone, newRun, runNames } from '../support/service.ts';
import { pushEvent, send, sendSigned, signature } from '../support/webhook.ts';

const megabyte = 1 << 20;
const shell = '$(touch${IFS}/tmp/owned);`id`';

/** Names of the listener's pods with their restarts. */
async function restarts(f: Fixture): Promise<Record<string, number>> {
  interface Pods {
    items: { metadata: { name: string }; status: { containerStatuses?: { restartCount: number }[] } }[];
  }
  const { items } = (await f.get<Pods>('pods', '--namespace', 'tekton-pipelines', '--selector=app=slipway-push'))!;
  return Object.fromEntries(
    items.map(({ metadata, status }) => [metadata.name, status.containerStatuses?.[0]?.restartCount ?? 0]),
  );
}

export function badWebhooks(fixture: () => Fixture): void {
  const head = async () => (await (await clone(fixture())).git('rev-parse', 'HEAD')).trim();
  let before: Record<string, number>;

  test('malformed calls create nothing, signed or not (C9)', async () => {
    const f = fixture();
    before = await restarts(f);
    const commit = await head();
    const bodies = [
      '',
      '{',
      '[]',
      'null',
      '"push"',
      '{}',
      '['.repeat(100_000),
      pushEvent(commit, { commits: 'none' }),
      pushEvent(commit, { commits: [{ added: [7] }] }),
      pushEvent(commit, { created: 'yes' }),
      pushEvent('HEAD'),
      pushEvent(shell),
    ];
    await assertNoRunWithin(f, 6, async () => {
      for (const body of bodies) {
        assert.equal(await send(f, body, {}), 401);
        assert.equal(await sendSigned(f, body), 400, body.slice(0, 80));
      }
      for (const event of ['release', shell.slice(0, 5)]) {
        assert.equal(await sendSigned(f, pushEvent(commit), event), 200);
      }
    });
  });

  test('an unknown repository, a ref with shell characters and a deleted branch create nothing (C9)', async () => {
    const f = fixture();
    const commit = await head();
    await assertNoRunWithin(f, 6, async () => {
      const other = {
        name: 'cerebral',
        full_name: 'somebody/cerebral',
        clone_url: 'http://10.36.0.1:3000/cerebral.git',
      };
      assert.equal(await sendSigned(f, pushEvent(commit, { repository: other })), 200);
      for (const ref of [
        `refs/heads/${shell}`,
        `refs/heads/main;${shell}`,
        'refs/heads/../heads/main',
        'refs/tags/main',
      ]) {
        assert.equal(await sendSigned(f, pushEvent(commit, { ref })), 200);
      }
      assert.equal(await sendSigned(f, pushEvent(commit, { ref: 7 })), 400);
      assert.equal(await sendSigned(f, pushEvent('0'.repeat(40), { deleted: true })), 200);
    });
  });

  test('file names that lead elsewhere, or hold a command, build no service and run nothing (C9)', async () => {
    const f = fixture();
    const added = [
      '../../etc/passwd',
      '/etc/passwd',
      `x/${shell}`,
      'microservices/../microservices/ai-services/main.py',
      'a\0b',
    ];
    await assertNoRunWithin(f, 6, async () => {
      const commits = [{ id: await head(), message: shell, added, modified: [], removed: [] }];
      await sendSigned(f, pushEvent(await head(), { commits }));
    });
  });

  test('calls of 25 MB, as large as GitHub sends, are read, and larger ones are cut off (C9)', async () => {
    const f = fixture();
    const commit = await head();
    const added = Array.from(
      { length: 200_000 },
      (_, i) => `somewhere/else/in/the/repository/a-file-of-a-large-push-${i}`,
    );
    const commits = [{ id: commit, message: 'x', added, modified: [], removed: [] }];
    const fits = pushEvent(commit, { commits, padding: 'x'.repeat(11 * megabyte) });
    assert.ok(fits.length > 23 * megabyte && fits.length < 25 * megabyte, `${fits.length} bytes`);
    await assertNoRunWithin(f, 6, async () => {
      assert.equal(await sendSigned(f, fits), 202, 'none of its files is a service’s');
      assert.equal(await send(f, fits, {}), 401);
      assert.equal(await send(f, fits, signature('not the secret', fits)), 401);
      for (const text of ['['.repeat(24 * megabyte), `{"x":[${'[],'.repeat(8 * megabyte)}[]]}`]) {
        assert.equal(await sendSigned(f, text), 400);
      }
      // Cut off while it is sent: the caller may see no answer. That the listener goes on shows below.
      const large = 'x'.repeat(40 * megabyte);
      const refused = await send(f, large, signature('not the secret', large)).catch(() => 413);
      assert.ok(refused >= 400, `${refused}`);
    });
  });

  test('many large calls at one time do not end the listener (C9)', async () => {
    const f = fixture();
    const body = pushEvent(await head(), { commits: [], padding: 'x'.repeat(24 * megabyte) });
    await assertNoRunWithin(f, 1, async () => {
      const statuses = await Promise.all(
        Array.from({ length: 6 }, () => send(f, body, signature('not the secret', body)).catch(() => 503)),
      );
      assert.ok(
        statuses.every(status => status >= 400),
        statuses.join(),
      );
    });
  });

  test('after all that, the listener was not restarted, and a good call is served (C9)', async () => {
    const f = fixture();
    assert.deepEqual(await restarts(f), before);
    const names = await runNames(f);
    assert.equal(await sendSigned(f, pushEvent(await head())), 202);
    const run = await endOfRun(f.kube, await newRun(f, names));
    assert.equal(succeeded(run), true, reason(run));
  });
}
