// The doctor on CyberMesh and AI-stack, on the sandbox: nothing is wrong; then something is, and what it names mends it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { COLLECTING, READ_ONLY_VARIABLE } from '../../../commands/prune/hold.ts';
import { type Examination, examine, faultOf, faults, label } from '../support/examined.ts';
import type { Fixture } from '../support/fixture.ts';
import { stackOf } from '../support/systems-act.ts';

const mesh = ['--namespace', 'cybermesh'];
const ofRegistry = ['--namespace', 'ai-stack-registry'];

/** Every check is ok, or a warning; `unasked`: what nothing is known of. */
async function isWell(f: Fixture, stack: string, unasked: string[], ...flags: string[]): Promise<Examination> {
  const found = await examine(f, stack, ...flags);
  assert.deepEqual(faults(found.checks), [], found.output);
  const open = found.checks.filter(({ verdict }) => verdict === 'not asked').map(label);
  assert.deepEqual(open, unasked, found.output);
  assert.equal(found.status, 0);
  return found;
}

/** Examines until `wanted` is a fault that says `seen`: pods take their time to fail. */
async function untilFault(f: Fixture, stack: string, wanted: string, seen: RegExp): Promise<Examination> {
  for (const end = Date.now() + 120_000; ; await sleep(5000)) {
    const found = await examine(f, stack);
    const one = found.checks.find(check => label(check) === wanted);
    if (one?.verdict === 'fault' && seen.test(one.seen)) return found;
    assert.ok(Date.now() < end, `${wanted} never said ${seen}: ${found.output}`);
  }
}

async function upMends(f: Fixture, stack: string): Promise<void> {
  const { status, output } = await stackOf(f, stack).up();
  assert.equal(status, 0, output);
}

export function doctorOfCybermesh(fixture: () => Fixture): void {
  const stack = 'cybermesh-dev';
  const up = `pulumi up --stack ${stack}`;

  test('on CyberMesh the doctor finds no fault where all is well; a push and pulls by the cluster pass, and leave nothing (M11)', async () => {
    const f = fixture();
    // What another scenario has built and not brought to serve is no state where all is well.
    await upMends(f, stack);
    const { checks } = await isWell(f, stack, [], '--try');
    for (const name of ['registry push', 'registry pull secret', 'images pull backend', 'rollouts reach ai-service'])
      assert.equal(checks.find(one => label(one) === name)?.verdict, 'ok', name);
    const pods = await f.get<{ items: unknown[] }>('pods', ...mesh, '--selector', 'slipway.dev/doctor');
    assert.deepEqual(pods?.items ?? [], []);
  });

  test('a pull secret that was emptied: the doctor names it, a pull by the cluster fails, and the up puts it back (M11)', async () => {
    const f = fixture();
    const empty = Buffer.from('{"auths":{}}').toString('base64');
    const patch = JSON.stringify({ data: { '.dockerconfigjson': empty } });
    await f.kube(['patch', 'secret', 'slipway-registry', ...mesh, '--type', 'merge', '--patch', patch]);
    const found = await examine(f, stack, '--try');
    assert.equal(found.status, 1);
    const { seen, remedy } = faultOf(found, 'registry pull secret');
    assert.match(
      seen,
      /^Secret cybermesh\/slipway-registry, by which nodes pull, has no password for \S+; it is for no regi/,
    );
    assert.equal(remedy, up);
    assert.match(
      faultOf(found, 'images pull backend').seen,
      /can't pull \S+backend\S+: .*(401|[Uu]nauthorized|authoriz)/,
    );
    await upMends(f, stack);
    await isWell(f, stack, [], '--try');
  });

  test('a key that was taken out of a Secret: the doctor names Secret and key, and the up puts it back (M11)', async () => {
    const f = fixture();
    const patch = JSON.stringify([{ op: 'remove', path: '/data/signing_key_pem' }]);
    await f.kube(['patch', 'secret', 'ai-service-secret', ...mesh, '--type', 'json', '--patch', patch]);
    const found = await examine(f, stack);
    assert.equal(found.status, 1);
    const { seen, remedy } = faultOf(found, 'rollouts needs ai-service');
    assert.equal(seen, 'Secret cybermesh/ai-service-secret has no key signing_key_pem');
    assert.equal(remedy, up);
    await upMends(f, stack);
    await isWell(f, stack, []);
  });

  test('Redis that can not be reached: the doctor has the entrypoint’s line, and the rules that do not fit; the up puts it back (M6, M11)', async () => {
    const f = fixture();
    const patch = JSON.stringify({ data: { REDIS_PORT: '1' } });
    await f.kube(['patch', 'configmap', 'ai-service', ...mesh, '--type', 'merge', '--patch', patch]);
    await f.kube(['delete', 'pods', '--selector', 'app=ai-service', ...mesh]);
    const line = /entrypoint: Redis cannot be reached at \S+ port 1 \(Connection refused\)/;
    const found = await untilFault(f, stack, 'rollouts rollout ai-service', line);
    assert.match(
      faultOf(found, 'rollouts reach ai-service').seen,
      /lets ai-service reach REDIS_HOST and REDIS_PORT \(\S+ port 1\)/,
    );
    await upMends(f, stack);
    await f.kube(['delete', 'pods', '--selector', 'app=ai-service', ...mesh]);
    await f.kube(['rollout', 'status', 'deployment', 'ai-service', ...mesh, '--timeout=120s']);
    await isWell(f, stack, []);
  });
}

export function doctorOfAiStack(fixture: () => Fixture): void {
  const stack = 'ai-stack-local';
  // The sandbox's volumes are folders of its node, which no kubelet measures.
  const unasked = ['registry volume'];

  test('on AI-stack the doctor lists the catalogue and finds each tag; the cluster pulls each of the six images (A9)', async () => {
    const f = fixture();
    const built = await stackOf(f, stack).slipway('build', '--system', 'ai-stack');
    assert.equal(built.status, 0, built.output);
    await upMends(f, stack);
    const { checks } = await isWell(f, stack, unasked, '--try');
    assert.match(
      checks.find(one => label(one) === 'registry catalogue')?.seen ?? '',
      /^6 of the stack's 6 repositories: /,
    );
    assert.equal(checks.filter(({ group, name }) => group === 'images' && name === 'pull').length, 6);
  });

  test('AI-stack’s registry scaled to zero: the doctor names it, and the command that brings it back (A9)', async () => {
    const f = fixture();
    await f.kube(['scale', 'deployment', 'registry', '--replicas=0', ...ofRegistry]);
    await f.kube(['wait', 'pods', '--selector=app=registry', '--for=delete', '--timeout=60s', ...ofRegistry]);
    const found = await examine(f, stack);
    assert.equal(found.status, 1);
    const { seen, remedy = '' } = faultOf(found, 'registry inside');
    assert.equal(seen, 'Deployment ai-stack-registry/registry is scaled to 0 replicas');
    assert.deepEqual(remedy.split(' ').slice(0, 3), ['kubectl', '--context', 'slipway-sandbox']);
    await f.kube(remedy.split(' ').slice(1));
    await f.kube(['rollout', 'status', 'deployment', 'registry', '--timeout=60s', ...ofRegistry]);
    await isWell(f, stack, unasked);
  });

  test('AI-stack’s registry left read-only by a collection that was cut off: the doctor names it, a push is refused, and the command lets go of it (A9)', async () => {
    const f = fixture();
    const containers = (await registryContainers(f)).map(name => ({ name, env: [READ_ONLY_VARIABLE] }));
    const held = {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
      metadata: {
        ...{ name: 'registry', namespace: 'ai-stack-registry' },
        annotations: { [COLLECTING]: `cut-off ${new Date(Date.now() - 600_000).toISOString()}` },
      },
      spec: { template: { spec: { containers } } },
    };
    await f.kube(['apply', '--server-side', '--field-manager=slipway-collect', '--filename=-'], JSON.stringify(held));
    await f.kube(['rollout', 'status', 'deployment', 'registry', '--timeout=60s', ...ofRegistry]);
    const found = await examine(f, stack, '--try');
    const { seen, remedy = '' } = faultOf(found, 'registry writes');
    assert.match(
      seen,
      /a collection of its garbage was cut off, its last sign of life was 1\d min ago; no push passes$/,
    );
    assert.match(faultOf(found, 'registry push').seen, /READ_ONLY/);
    assert.equal(remedy, `slipway prune ${stack} --delete --collect`);
    const { status, output } = await stackOf(f, stack).slipway(...remedy.split(' ').slice(1));
    assert.equal(status, 0, output);
    await isWell(f, stack, unasked, '--try');
  });
}

async function registryContainers(f: Fixture): Promise<string[]> {
  const found = await f.get<{ spec: { template: { spec: { containers: { name: string }[] } } } }>(
    ...['deployment', 'registry', ...ofRegistry],
  );
  return found!.spec.template.spec.containers.map(({ name }) => name);
}
