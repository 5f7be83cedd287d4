// AI-stack on the same cluster, beside the others: up; a change, a fault; and away again.
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ask } from '../../../sandbox/door.ts';
import { edit } from '../../../sandbox/first-push/repository.ts';
import type { Fixture } from '../support/fixture.ts';
import { allHealthy, standing } from '../support/systems.ts';
import { stackOf } from '../support/systems-act.ts';

const others = ['cerebral-platform', 'registry', 'slipway-build', 'tekton-pipelines', 'cybermesh'];
const services = ['aidb', 'hybrid-coordinator', 'ralph-wiggum', 'embeddings', 'nixos-docs', 'dashboard-api'];
const namespace = 'ai-stack';
const registry = '10.34.0.204:5000';
const docs = 'ai-stack/mcp-servers/nixos-docs/main.py';

const stackIn = (f: Fixture) => stackOf(f, 'ai-stack-local');
const answer = (f: Fixture) => ask(f.config, { name: 'nixos-docs', namespace }, '/');

/** Builds and pushes nixos-docs from a copy of the sources in which one text is another. */
async function buildChanged(f: Fixture, from: string | RegExp, to: string): Promise<void> {
  const source = await mkdtemp(join(tmpdir(), 'slipway-ai-stack-'));
  try {
    await cp('samples/ai-stack', source, { recursive: true });
    await edit({ folder: source, git: async () => '' }, docs, from, to);
    const build = ['build', '--system', 'ai-stack', '--source', source, 'nixos-docs'];
    const { status, output } = await stackIn(f).slipway(...build);
    assert.equal(status, 0, output);
  } finally {
    await rm(source, { recursive: true, force: true });
  }
}

export function aiStack(fixture: () => Fixture): void {
  test('npm start -- --system ai-stack builds six services and brings them up; nothing of the others changes (A1, A2, P7)', async () => {
    const f = fixture();
    const before = await standing(f, others);
    const started = await f.npm(['start', '--', '--system', 'ai-stack']);
    assert.equal(started.status, 0, started.output);
    for (const name of services) assert.match(started.output, new RegExp(`\\n${name} +sha256:[0-9a-f]{12} `));
    await allHealthy(f, namespace, services, registry);
    assert.deepEqual(await standing(f, others), before);
    await stackIn(f).noChange();
  });
}

export function aiStackChanges(fixture: () => Fixture): void {
  test('a change of one service: built and pushed by one command, the preview shows old and new digest, the up rolls it (A3, P3)', async () => {
    const f = fixture();
    await buildChanged(f, /^VERSION = .*$/m, "VERSION = '2'");
    const report = await stackIn(f).report();
    assert.match(report, /ai-stack-local: 1 service rolls/);
    assert.match(report, /nixos-docs.* [0-9a-f]{12} .*→.* [0-9a-f]{12}/s);
    const { status, output } = await stackIn(f).up();
    assert.equal(status, 0, output);
    assert.match(await answer(f), /"?2"?/);
  });

  test('a service that does not start: the up fails with the reason, and what ran before serves on (P5)', async () => {
    const f = fixture();
    const served = await answer(f);
    await buildChanged(f, /^VERSION = .*$/m, "raise SystemExit('broken by a test')");
    const { status, output } = await stackIn(f).up();
    assert.notEqual(status, 0, output);
    assert.match(output, /ai-stack\/nixos-docs did not become healthy with \S+@sha256:\S+ .*broken by a test/);
    assert.match(output, /gone back to \S+@sha256:\S+, which serves/);
    await allHealthy(f, namespace, services, registry);
    assert.equal(await answer(f), served);
  });
}

export function aiStackGoes(fixture: () => Fixture): void {
  test('destroy leaves nothing of it, and the others as they were', async () => {
    const f = fixture();
    const before = await standing(f, others);
    await stackIn(f).destroy();
    for (const gone of [namespace, 'ai-stack-registry']) assert.equal(await f.get('namespace', gone), undefined, gone);
    assert.deepEqual(await standing(f, others), before);
  });
}
