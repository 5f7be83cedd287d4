// More builds than a stack lets run at a time: they wait for their turn, whoever is killed meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { commitAndPush, edit } from '../../../sandbox/first-push/repository.ts';
import { endOfRun, reason, runOfCommit, succeeded } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { answer, clone, services } from '../support/service.ts';
import { upWith } from '../support/up.ts';

const inPipelines = ['--namespace', 'tekton-pipelines'];

interface Queued {
  metadata: { name: string };
  spec: { status?: string };
  status?: { completionTime?: string; conditions?: { reason: string }[] };
}

async function inQueue(f: Fixture): Promise<Queued[]> {
  const list = await f.get<{ items: Queued[] }>(
    ...['pipelineruns.tekton.dev', ...inPipelines, '--selector=slipway.dev/queue'],
  );
  return (list?.items ?? []).filter(({ status }) => !status?.completionTime);
}

export function queue(fixture: () => Fixture): void {
  test('a stack that builds one at a time: three services of a push take turns, and a listener that is killed strands none (C9)', async () => {
    const f = fixture();
    // The next scenario's `up` takes it back.
    await upWith(f, { serviceBuilds: { cpu: '100m', memory: '256Mi', parallel: 1 } });

    const sources = await clone(f);
    for (const name of services) {
      await edit(sources, `microservices/${name}/main.py`, /^VERSION = .*$/m, "VERSION = 'one at a time'");
    }
    const commit = await commitAndPush(sources, 'Change all three');
    const runs = await Promise.all(services.map(name => runOfCommit(f.kube, commit, `cerebral/${name}`)));
    let killed = false;
    let most = 0;
    const reasons = new Set<string | undefined>();
    for (const end = Date.now() + 600_000; ; await sleep(300)) {
      assert.ok(Date.now() < end, 'the queue has not come to its end');
      const queued = await inQueue(f);
      const building = queued.filter(({ spec }) => spec.status === undefined);
      for (const { spec, status } of queued) if (spec.status) reasons.add(status?.conditions?.[0]?.reason);
      most = Math.max(most, building.length);
      if (queued.length === 0) break;
      if (killed || building.length === 0) continue;
      await f.kube(['delete', 'pod', ...inPipelines, '--selector=app=slipway-push', '--force', '--grace-period=0']);
      killed = true;
    }
    assert.equal(most, 1);
    assert.ok(killed && reasons.has('PipelineRunPending'), [...reasons].join());
    for (const { metadata } of runs) {
      const run = await endOfRun(f.kube, metadata.name);
      assert.equal(succeeded(run), true, reason(run));
    }
    for (const name of services) assert.match(await answer(f, '/', name), /one at a time/);
  });
}
