// The teams' checklists as commands, on the sandbox: nothing is wrong; then something is, and its remedy mends it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { examine, faults, label } from '../support/examined.ts';
import { type Fixture, scratch } from '../support/fixture.ts';
import { readIndex, registry } from '../support/registry.ts';
import { deployedImage, digestIn, services } from '../support/service.ts';

const slipway = (f: Fixture, ...args: string[]) => f.npm(['run', '--silent', 'sandbox:slipway', '--', ...args]);
const examined = (f: Fixture) => examine(f, 'local');

export function doctor(fixture: () => Fixture): void {
  test('the doctor finds no fault where all is well, and ends with 0 (C14)', async () => {
    const { status, checks, output } = await examined(fixture());
    assert.deepEqual(faults(checks), [], output);
    assert.equal(status, 0);
    // The sandbox's volumes are folders of its node, which no kubelet measures.
    const unasked = checks.filter(one => one.verdict === 'not asked' && label(one) !== 'registry volume');
    assert.deepEqual(unasked, [], output);
    const { status: printed, output: text } = await slipway(fixture(), 'doctor', 'local');
    assert.equal(printed, 0);
    assert.match(text, /\nlocal: 0 faults, /);
  });

  test('the doctor names a registry that is scaled to zero; the command that it names brings it back (C14)', async () => {
    const f = fixture();
    const of = ['--namespace', 'registry'];
    await f.kube(['scale', 'deployment', 'registry', '--replicas=0', ...of]);
    await f.kube(['wait', 'pods', '--selector=app=registry', '--for=delete', '--timeout=60s', ...of]);
    const { status, checks, output } = await examined(f);
    assert.equal(status, 1);
    const inside = checks.find(one => label(one) === 'registry inside');
    assert.equal(inside?.verdict, 'fault', output);
    assert.match(inside?.seen ?? '', /scaled to 0 replicas/);
    assert.equal(checks.find(one => label(one) === 'registry outside')?.verdict, 'fault', output);
    const remedy = inside?.remedy?.split(' ') ?? [];
    assert.deepEqual(remedy.slice(0, 3), ['kubectl', '--context', 'slipway-sandbox']);
    await f.kube(remedy.slice(1));
    await f.kube(['rollout', 'status', 'deployment', 'registry', '--timeout=60s', ...of]);
    const after = await examined(f);
    assert.deepEqual(faults(after.checks), [], after.output);
  });

  test('the doctor names a base that somebody replaced by an arm64-only image; the up that it names puts it back (C4, C14)', async () => {
    const f = fixture();
    const [repository, tag] = ['cerebral/ai-base', 'cpu'];
    const { digest, body } = await readIndex(f, repository, tag);
    const index = JSON.parse(body);
    index.manifests = index.manifests.filter(
      (m: { platform: { architecture: string } }) => m.platform.architecture === 'arm64',
    );
    assert.equal(
      (await registry(f, 'PUT', `/v2/${repository}/manifests/${tag}`, { body: JSON.stringify(index) })).status,
      201,
    );
    const { status, checks, output } = await examined(f);
    assert.equal(status, 1);
    const base = checks.find(one => label(one) === 'images base cpu');
    assert.equal(base?.verdict, 'fault', output);
    assert.match(base?.seen ?? '', /linux\/arm64 only; needed linux\/amd64 and linux\/arm64/);
    const urn = / --replace '(.*)'$/.exec(base?.remedy ?? '')?.[1];
    assert.ok(urn, `the remedy replaces the base: ${base?.remedy}`);
    const up = await f.pulumi('up', '--replace', urn, '--yes', '--skip-preview', '--color', 'never');
    assert.equal(up.status, 0, up.output);
    assert.equal((await readIndex(f, repository, tag)).digest, digest, 'the same content is the same digest');
    const after = await examined(f);
    assert.deepEqual(faults(after.checks), [], after.output);
  });

  test('the status shows the digest that runs, of each service, as a table, as data and as a page (C14)', async () => {
    const f = fixture();
    const html = await scratch(f, 'status.html', '');
    const { status, output } = await slipway(f, 'status', 'local', '--html', html);
    assert.equal(status, 0, output);
    const page = await readFile(html, 'utf8');
    const data = await slipway(f, 'status', 'local', '--json');
    const json = JSON.parse(data.output.slice(data.output.indexOf('{')));
    for (const name of services) {
      const digest = digestIn(await deployedImage(f, name))!;
      assert.match(output, new RegExp(`\n${name} +same +${digest.slice(7, 19)}, commit [0-9a-f]{12}`));
      assert.ok(page.includes(digest), `the page has ${digest}`);
      const service = json.services.find((one: { name: string }) => one.name === name);
      assert.equal(service.running.digest, digest);
      assert.equal(service.state, 'same');
    }
  });
}
