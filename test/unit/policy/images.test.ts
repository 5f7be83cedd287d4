import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violationsOf } from '../../../policy/judge.ts';
import { unknown, type Value } from '../../../policy/resource.ts';
import { broken, container, digest, facts, image, pod, resource, upstream, workload } from './objects.ts';

const tagged = '10.34.0.202:5000/cerebral/ai-services:main';
const places: Record<string, string> = {
  Pod: 'spec',
  Deployment: 'spec.template.spec',
  StatefulSet: 'spec.template.spec',
  DaemonSet: 'spec.template.spec',
  ReplicaSet: 'spec.template.spec',
  ReplicationController: 'spec.template.spec',
  PodTemplate: 'template.spec',
  Job: 'spec.template.spec',
  CronJob: 'spec.jobTemplate.spec.template.spec',
};

for (const [kind, place] of Object.entries(places)) {
  test(`a ${kind} that keeps the rules has no violation, and a tag in any of its containers is one (P5)`, async () => {
    assert.deepEqual(await broken(workload(kind, pod())), []);
    const spec = pod({
      containers: [container(), container({ image: tagged })],
      initContainers: [container({ image: tagged })],
      ephemeralContainers: [container({ image: tagged })],
    });
    assert.deepEqual(await broken(workload(kind, spec)), [
      `digest ${place}.initContainers[0].image`,
      `digest ${place}.containers[1].image`,
      `digest ${place}.ephemeralContainers[0].image`,
    ]);
  });
}

test('a violation says what was found, what is allowed and what to do', async () => {
  const judged = workload('Deployment', pod({ containers: [container({ image: tagged })] }));
  assert.deepEqual(await violationsOf(judged, facts), [
    {
      rule: 'digest',
      resource: 'Deployment ns/thing',
      path: 'spec.template.spec.containers[0].image',
      found: `"${tagged}", which names no digest`,
      allowed: 'registry/repository[:tag]@sha256:…',
      remedy: 'pin it: a tag may mean another image tomorrow, a digest never does',
    },
  ]);
});

test('no image, and what is no reference, are found as well; one that is not known yet is not judged', async () => {
  const found = async (value: Value | undefined) =>
    (await violationsOf(workload('Pod', pod({ containers: [container({ image: value })] })), facts)).map(
      violation => violation.found,
    );
  assert.deepEqual(await found(undefined), ['no image']);
  assert.match((await found(`x/y@sha256:${'A'.repeat(64)}`))[0]!, /characters other than 0-9 and a-f/);
  assert.deepEqual(await found(unknown), []);
});

test("the steps of Tekton's tasks run by digest as well, wherever the task is written", async () => {
  const { name: _, readinessProbe: __, livenessProbe: ___, resources, ...rest } = container({ image: undefined });
  const task = { stepTemplate: { ...rest, computeResources: resources }, steps: [{ image }, { image: tagged }] };
  assert.deepEqual(await broken(resource('Task', { spec: task })), ['digest spec.steps[1].image']);
  assert.deepEqual(await broken(resource('TaskRun', { spec: { taskSpec: task } })), [
    'digest spec.taskSpec.steps[1].image',
  ]);
  const pipeline = { tasks: [{ taskRef: { name: 'x' } }, { taskSpec: task }], finally: [{ taskSpec: task }] };
  const found = (prefix: string) => [
    `digest ${prefix}.tasks[1].taskSpec.steps[1].image`,
    `digest ${prefix}.finally[0].taskSpec.steps[1].image`,
  ];
  assert.deepEqual(await broken(resource('Pipeline', { spec: pipeline })), found('spec'));
  const run = resource('PipelineRun', { spec: { pipelineSpec: pipeline } });
  assert.deepEqual(await broken(run), found('spec.pipelineSpec'));
});

test("images come from the stack's registry or are pinned upstream images; another registry, and another digest, are refused", async () => {
  const from = (value: string) => broken(workload('Pod', pod({ containers: [container({ image: value })] })));
  assert.deepEqual(await from(image), []);
  assert.deepEqual(await from(`registry.example.com/cerebral/ai-services@${digest}`), []);
  assert.deepEqual(await from(upstream), []);
  const refused = ['registry spec.containers[0].image'];
  assert.deepEqual(await from(`evil.example.com/cerebral/ai-services@${digest}`), refused);
  assert.deepEqual(await from(`docker.io/library/registry:3.1.2@${digest}`), refused);
});

test('an index has every platform of the nodes that its pod may be scheduled to (C4)', async () => {
  const found = async (there: string[] | undefined, spec = {}) =>
    (await violationsOf(workload('Pod', pod(spec)), { ...facts, platformsOf: async () => there })).map(
      violation => `${violation.rule}: ${violation.found.replace(image, 'it')}; ${violation.allowed}`,
    );
  const both = 'an index with linux/amd64 and linux/arm64';
  assert.deepEqual(await found(['linux/amd64', 'linux/arm64', 'linux/s390x']), []);
  assert.deepEqual(await found(['linux/amd64']), [`platforms: it, an index with linux/amd64; ${both}`]);
  assert.deepEqual(await found([]), [`platforms: it, a single image and no index; ${both}`]);
  assert.deepEqual(await found(undefined), [`platforms: it, which neither the lock nor a registry knows; ${both}`]);
  assert.deepEqual(await found(['linux/amd64'], { nodeSelector: { 'kubernetes.io/arch': 'amd64' } }), []);
  assert.deepEqual(await found(['linux/amd64'], { nodeSelector: { 'kubernetes.io/arch': 'arm64' } }), [
    'platforms: it, an index with linux/amd64; an index with linux/arm64',
  ]);
});
