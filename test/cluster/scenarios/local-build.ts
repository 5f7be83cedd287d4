// `slipway build --system` with the machine's own builder and a registry of the cluster, as a person works.
import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findSystem } from '../../../systems/lookup.ts';
import type { Fixture } from '../support/fixture.ts';

const REGISTRY = 'localhost:5000';

/** `endpoint`: where the machine reaches the registry that the system calls localhost:5000. */
export function localBuild(fixture: () => Fixture, endpoint: (f: Fixture) => string): void {
  const { services } = findSystem('ai-stack');
  const build = (f: Fixture, ...args: string[]) =>
    f.npm([
      ...['run', '--silent', 'sandbox:slipway', '--', 'build', '--system', 'ai-stack'],
      ...['--endpoints', `${REGISTRY}=${endpoint(f)}`, ...args],
    ]);
  const pushed = (output: string) =>
    new Map(
      [...output.matchAll(/^ai-stack-(\S+) +localhost:5000\/ai-stack-\S+:\S+@(sha256:[0-9a-f]{64})$/gm)].map(
        ([, service, digest]) => [service!, digest!],
      ),
    );
  let first: Map<string, string>;

  test('slipway build --system builds and pushes all six for both platforms; the same sources give the same digests (A1, A3)', async () => {
    const f = fixture();
    const { status, output } = await build(f);
    assert.equal(status, 0, output);
    first = pushed(output);
    assert.deepEqual(
      [...first.keys()],
      services.map(({ name }) => name),
    );
    for (const [service, digest] of first) {
      const verify = ['run', '--silent', 'sandbox:slipway', '--', 'verify', `${REGISTRY}/ai-stack-${service}:dev`];
      const verified = await f.npm([...verify, '--endpoints', `${REGISTRY}=${endpoint(f)}`]);
      assert.equal(verified.status, 0, verified.output);
      assert.equal(JSON.parse(verified.output).digest, digest);
    }
    const again = await build(f);
    assert.equal(again.status, 0, again.output);
    assert.deepEqual(pushed(again.output), first);
  });

  test('a tag that never moves takes the same digest and no other (A5)', async () => {
    const f = fixture();
    const source = await mkdtemp(join(tmpdir(), 'slipway-ai-stack-'));
    try {
      await cp('samples/ai-stack', source, { recursive: true });
      const tag = ['--tag', 'release-1', '--immutable', '--source', source];
      for (let time = 0; time < 2; time++) {
        const { status, output } = await build(f, 'aidb', ...tag);
        assert.equal(status, 0, output);
        assert.equal(pushed(output).get('aidb'), first.get('aidb'));
      }
      await writeFile(join(source, 'ai-stack/mcp-servers/aidb/changed.py'), '');
      const refused = await build(f, 'aidb', ...tag);
      assert.equal(refused.status, 1, refused.output);
      assert.match(refused.output, /aidb: localhost:5000\/ai-stack-aidb:release-1 is sha256:.* this tag never moves/);
    } finally {
      await rm(source, { recursive: true, force: true });
    }
  });

  test('a Dockerfile that fails ends the build with its service and line; the other services stay as they were (A3)', async () => {
    const f = fixture();
    const source = await mkdtemp(join(tmpdir(), 'slipway-ai-stack-'));
    try {
      await cp('samples/ai-stack', source, { recursive: true });
      await writeFile(
        join(source, 'ai-stack/mcp-servers/ralph-wiggum/Dockerfile'),
        'FROM python:3.11-slim\nRUN python -c "raise SystemExit(\'not today\')"\n',
      );
      const { status, output } = await build(f, '--tag', 'broken', '--source', source);
      assert.equal(status, 1, output);
      assert.match(output, /^slipway: ralph-wiggum \(\S+\/Dockerfile\): Dockerfile:2: RUN python .*not today/m);
      assert.equal(pushed(output).has('ralph-wiggum'), false);
      assert.deepEqual(await readdir(join(f.config.cache, 'layouts')), ['blobs']);
    } finally {
      await rm(source, { recursive: true, force: true });
    }
  });
}
