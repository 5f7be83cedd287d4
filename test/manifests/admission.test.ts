// The admission policy of the stacks, judged by the API server's own code (program admit): no cluster, the real answers.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { type ManifestTools, manifestTools } from './tools.ts';

const namespace = 'cerebral-platform';
const pinned = `10.34.0.202:5000/cerebral/ai-services:main@sha256:${'d'.repeat(64)}`;
const tagged = '10.34.0.202:5000/cerebral/ai-services:main';

interface Request {
  resource: string;
  subresource?: string;
  operation: 'CREATE' | 'UPDATE';
  object: object;
  oldObject?: object;
}

/** Kind and resource by `group/version`, as the API server has them. */
const kinds: Record<string, string> = {
  pods: 'v1 Pod',
  replicationcontrollers: 'v1 ReplicationController',
  deployments: 'apps/v1 Deployment',
  statefulsets: 'apps/v1 StatefulSet',
  daemonsets: 'apps/v1 DaemonSet',
  replicasets: 'apps/v1 ReplicaSet',
  jobs: 'batch/v1 Job',
  cronjobs: 'batch/v1 CronJob',
};

interface PodSpec {
  containers: object[];
  initContainers?: object[];
  ephemeralContainers?: object[];
}

const container = (image: string) => ({ name: 'main', image });
const pod = (...images: string[]): PodSpec => ({ containers: images.map(container) });

/** An object of a resource whose pods have this spec. */
function object(resource: string, spec: PodSpec, place = namespace, labels = {}): object {
  const [apiVersion, kind] = kinds[resource]!.split(' ');
  const template = { spec };
  const own =
    resource === 'pods' ? spec : resource === 'cronjobs' ? { jobTemplate: { spec: { template } } } : { template };
  return { apiVersion, kind, metadata: { name: 'thing', namespace: place, labels }, spec: own };
}

describe('the admission policy', () => {
  let tools: ManifestTools;
  before(async () => {
    tools = await manifestTools();
  });

  /** What the API server answers to each request; empty where it lets it in. */
  function judge(requests: Request[]): { faults: string[]; warnings: string[]; refusals: string[] } {
    const documents = parseAllDocuments(readFileSync('test/golden/dev.yaml', 'utf8')).map(document => document.toJS());
    const find = (kind: string) => documents.find(document => document.kind === kind);
    const input = {
      policy: find('ValidatingAdmissionPolicy'),
      binding: find('ValidatingAdmissionPolicyBinding'),
      namespaces: [namespace, 'default'],
      requests: requests.map(request => {
        const [group, version] = kinds[request.resource]!.split(' ')[0]!.split('/');
        return { ...request, ...(version === undefined ? { group: '', version: group } : { group, version }) };
      }),
    };
    return JSON.parse(execFileSync(tools.admit, { input: JSON.stringify(input), encoding: 'utf8' }));
  }

  const create = (resource: string, spec: PodSpec, place?: string): Request => ({
    resource,
    operation: 'CREATE',
    object: object(resource, spec, place),
  });
  const update = (resource: string, before: PodSpec, after: PodSpec): Request => ({
    resource,
    operation: 'UPDATE',
    object: object(resource, after, namespace, { changed: 'yes' }),
    oldObject: object(resource, before),
  });

  test('the API server accepts policy and binding, and its type check warns of nothing', () => {
    assert.deepEqual(judge([]), { faults: [], warnings: [], refusals: [] });
  });

  test('a digest is let in for every kind that makes pods (P5)', () => {
    const { refusals } = judge(Object.keys(kinds).map(resource => create(resource, pod(pinned))));
    assert.deepEqual(
      refusals,
      Object.keys(kinds).map(() => ''),
    );
  });

  test('a tag is refused for every kind, in containers and init containers, with the image and what to do (P5)', () => {
    const requests = Object.keys(kinds).flatMap(resource => [
      create(resource, pod(pinned, tagged)),
      create(resource, { ...pod(pinned), initContainers: [container(tagged)] }),
    ]);
    for (const refusal of judge(requests).refusals) {
      assert.match(
        refusal,
        /ValidatingAdmissionPolicy 'digests\.cerebral-platform\.slipway\.dev' with binding '.*' denied request: /,
      );
      assert.ok(refusal.includes(`: ${tagged} has no digest; a tag may mean another image tomorrow`), refusal);
    }
  });

  test('an ephemeral container with a tag is refused, one by digest let in (P5)', () => {
    const debug = (image: string): Request => ({
      ...update('pods', pod(pinned), { ...pod(pinned), ephemeralContainers: [container(image)] }),
      subresource: 'ephemeralcontainers',
    });
    const [good, bad] = judge([debug(pinned), debug('busybox:1.36')]).refusals;
    assert.equal(good, '');
    assert.match(bad!, /busybox:1\.36 has no digest/);
  });

  test('all images that are refused are named; what only resembles a digest is none', () => {
    const [refusal] = judge([
      create('pods', pod('a:1', pinned, 'b', `c@sha256:${'d'.repeat(63)}`, '@sha256:x')),
    ]).refusals;
    assert.match(refusal!, /: a:1, b, c@sha256:d{63}, @sha256:x has no digest/);
  });

  test('an update to a tag is refused; one that leaves an older tag alone is let in, as finalizers must come off', () => {
    const { refusals } = judge([
      update('deployments', pod(pinned), pod(tagged)),
      update('pods', pod(pinned), pod(tagged)),
      update('pods', pod(tagged), pod(tagged)),
      update('replicasets', pod(tagged), pod(tagged)),
      update('deployments', pod(tagged), pod(pinned)),
      update('deployments', pod(tagged), pod('other:1')),
    ]);
    assert.deepEqual(
      refusals.map(refusal => refusal !== ''),
      [true, true, false, false, false, true],
    );
  });

  test('other namespaces are left as they are', () => {
    assert.deepEqual(judge([create('pods', pod(tagged), 'default')]).refusals, ['']);
  });
});
