import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deleteOldRuns } from '../../../steps/old-runs.ts';
import { FakeRuns } from './support/fake-runs.ts';
import { recordedLog } from './support/folder.ts';

const PIPELINE = 'cerebral-microservice-pipeline';

interface Given {
  service?: string;
  pipeline?: string;
  status?: 'True' | 'False';
  at?: string;
  superseded?: boolean;
}

/** Ended runs by name, the oldest first; without `status` they are still under way. */
function setUp(given: Record<string, Given>) {
  const cluster = new FakeRuns();
  for (const [name, { service = 'ai-services', pipeline = PIPELINE, at, superseded, ...rest }] of Object.entries(
    given,
  )) {
    cluster.add(name, {
      metadata: {
        name,
        ...(at && { creationTimestamp: at }),
        ...(superseded && { annotations: { 'slipway.dev/outcome': 'superseded: by run x' } }),
      },
      spec: {
        pipelineRef: { name: pipeline },
        params: [
          { name: 'deployment-name', value: service },
          { name: 'image-name', value: `cerebral/${service}` },
        ],
      },
    });
    if (!('status' in rest) || rest.status) cluster.end(name, rest.status);
  }
  const { log, text } = recordedLog();
  const prune = async (keep: number) => {
    await deleteOldRuns(cluster.connect(), { namespace: 'tekton-pipelines', pipeline: PIPELINE, keep }, log);
    return [...cluster.runs.keys()];
  };
  return { prune, text };
}

test('of each service the newest ended runs stay, and all that are under way or of something else', async () => {
  const { prune, text } = setUp({
    waiting: { status: undefined },
    'ai-1': {},
    'ai-2': { status: 'False' },
    'data-1': { service: 'data-services' },
    'ai-3': {},
    other: { pipeline: 'another' },
  });
  assert.deepEqual(await prune(2), ['waiting', 'ai-2', 'data-1', 'ai-3', 'other']);
  assert.equal(text(), 'deleted 1 old runs; the newest 2 of each service stay');
  assert.deepEqual(await prune(2), ['waiting', 'ai-2', 'data-1', 'ai-3', 'other']);
  assert.equal(text().split('\n').length, 1, 'nothing to do is nothing to say');
});

test('the last run that was not superseded stays: an empty push asks it whether to build again', async () => {
  const { prune } = setUp({
    older: { status: 'False' },
    failed: { status: 'False', at: '2026-01-02T03:04:30Z' },
    beside: { at: '2026-01-02T03:04:30Z' },
    'overtaken-1': { superseded: true, at: '2026-01-02T03:04:40Z' },
    'overtaken-2': { superseded: true, at: '2026-01-02T03:04:41Z' },
  });
  assert.deepEqual(await prune(1), ['failed', 'beside', 'overtaken-2']);
});
