// pulumi destroy: no object of the stack is left, runs included.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { listRuns } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';

interface Listed {
  items: { kind: string; metadata: { name: string; namespace?: string } }[];
}

export function destroy(fixture: () => Fixture): void {
  test('destroy leaves no object of the stack, runs included', async () => {
    const f = fixture();
    assert.ok((await listRuns(f.kube)).length > 0, 'there are runs to be left behind');
    const ended = await f.pulumi('destroy', '--yes', '--skip-preview', '--color', 'never');
    assert.equal(ended.status, 0, ended.output);
    const left = async () => {
      const kinds = (await f.kube(['api-resources', '--verbs=list', '--output=name']))
        .trim()
        .split('\n')
        .filter(kind => !kind.startsWith('events'));
      const labelled = await f.get<Listed>(
        kinds.join(','),
        '--all-namespaces',
        '--selector=app.kubernetes.io/managed-by=slipway',
      );
      const runs = await listRuns(f.kube);
      return [...(labelled?.items ?? []), ...runs.map(run => ({ kind: 'PipelineRun', metadata: run.metadata }))].map(
        ({ kind, metadata }) => `${kind} ${metadata.name}`,
      );
    };
    // The garbage collector deletes what the Pipeline owned, after it.
    const end = Date.now() + 60_000;
    while (Date.now() < end && (await left()).length > 0) await sleep(1000);
    assert.deepEqual(await left(), []);
    for (const namespace of ['cerebral-platform', 'registry', 'slipway-build']) {
      assert.equal(await f.get('namespace', namespace), undefined, `namespace ${namespace} is gone`);
    }
  });
}

export function forget(fixture: () => Fixture): void {
  test('npm run reset forgets the sandbox and leaves what is not its own', async () => {
    const f = fixture();
    const reset = await f.npm(['run', 'reset']);
    assert.equal(reset.status, 0, reset.output);
    assert.deepEqual((await readdir(f.config.home)).sort(), ['config.json', 'scratch']);
  });
}
