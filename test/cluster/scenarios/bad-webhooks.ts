// Calls that no git host makes, some of them signed: nothing is created or run by them, and the listener goes on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOfRun, reason, succeeded } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { assertNoRunWithin, clone, newRun, runNames } from '../support/service.ts';
import { pushEvent, send, sendSigned, signature } from '../support/webhook.ts';

const megabyte = 1 << 20;
const shell = '$(touch${IFS}/tmp/owned);`id`';

/** Names of the listener's and its interceptor's pods with their restarts. */
async function restarts(f: Fixture): Promise<Record<string, number>> {
  interface Pods {
    items: { metadata: { name: string }; status: { containerStatuses?: { restartCount: number }[] } }[];
  }
  const { items } = (await f.get<Pods>('pods', '--namespace', 'tekton-pipelines'))!;
  const ours = items.filter(({ metadata: { name } }) => /^(?:el-cerebral|slipway-push|tekton-triggers)-/.test(name));
  return Object.fromEntries(
    ours.map(({ metadata, status }) => [metadata.name, status.containerStatuses?.[0]?.restartCount ?? 0]),
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
      pushEvent(commit, { commits: 'none', created: false }),
      pushEvent(commit, { commits: [{ added: [7] }], created: false }),
      pushEvent(commit, { created: 'yes' }),
      pushEvent('HEAD'),
      pushEvent(shell),
    ];
    await assertNoRunWithin(f, 6, async () => {
      for (const body of bodies) {
        await send(f, body, {});
        await sendSigned(f, body);
      }
      await sendSigned(f, pushEvent(commit), 'release');
      await sendSigned(f, pushEvent(commit), shell.slice(0, 5));
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
      await sendSigned(f, pushEvent(commit, { repository: other }));
      for (const ref of [
        `refs/heads/${shell}`,
        `refs/heads/main;${shell}`,
        'refs/heads/../heads/main',
        'refs/tags/main',
        7,
      ]) {
        await sendSigned(f, pushEvent(commit, { ref }));
      }
      await sendSigned(f, pushEvent('0'.repeat(40), { deleted: true }));
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
      await sendSigned(f, pushEvent(await head(), { created: false, commits }));
    });
  });

  test('an oversized call creates nothing, signed or not (C9)', async () => {
    const f = fixture();
    const body = pushEvent(await head(), { created: false, padding: 'x'.repeat(25 * megabyte) });
    await assertNoRunWithin(f, 8, async () => {
      // A listener that is ended by it, or a proxy that cuts it off, shows below.
      await send(f, body, {}).catch(() => 0);
      await send(f, body, signature('not the secret', body)).catch(() => 0);
      await send(f, '['.repeat(25 * megabyte), {}).catch(() => 0);
    });
  });

  test('after all that, neither listener nor interceptor was restarted, and a good call is served (C9)', async () => {
    const f = fixture();
    assert.deepEqual(await restarts(f), before);
    const names = await runNames(f);
    assert.equal(await sendSigned(f, pushEvent(await head())), 202);
    const run = await endOfRun(f.kube, await newRun(f, names));
    assert.equal(succeeded(run), true, reason(run));
  });
}
