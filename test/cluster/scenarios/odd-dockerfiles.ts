// Dockerfiles that few write and BuildKit builds all the same, and names at the limits: each by a run of its own, of an
// image that no service has, on a branch that isn't main. What a Dockerfile asserts itself fails its build.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { commitAndPush } from '../../../sandbox/first-push/repository.ts';
import { endOfRun, type PipelineRun, reason, result, succeeded } from '../../../sandbox/first-push/runs.ts';
import { run } from '../../../sandbox/tools/run.ts';
import { buildctlArgs } from '../../../steps/build.ts';
import { pinnedSources, sourcePolicy } from '../../../steps/contexts.ts';
import type { Fixture } from '../support/fixture.ts';
import { readIndex, registry } from '../support/registry.ts';
import { clone, logOf } from '../support/service.ts';
import { createRun, seedParameters } from './manual-run.ts';

const branch = `odd/dockerfiles-${randomUUID()}`;
const folder = 'odd';
const inside = '10.34.0.202:5000/cerebral/ai-base';
const alias = 'internal-registry.registry.svc.cluster.local:5000/cerebral/ai-base';
/** As long as a service's name may be. */
const longest = 'l'.repeat(63);
const imports = '/usr/local/share/ai-base/imported.txt';

/** A run of a Dockerfile on the branch; no Deployment has its name, so it builds and waits. */
async function build(f: Fixture, name: string, more: Record<string, string> = {}): Promise<string> {
  return createRun(f, {
    ...seedParameters,
    'image-name': `cerebral/odd-${name}`,
    'deployment-name': `odd-${name}`,
    dockerfile: `${folder}/${name}.Dockerfile`,
    'build-context': folder,
    'repo-branch': branch,
    ...more,
  });
}

/** Another index of the same images, as an older base is: reached by its digest alone. */
async function olderBase(f: Fixture, current: string): Promise<string> {
  const body = JSON.stringify({ ...JSON.parse(current), annotations: { 'a.test': 'an older base' } });
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const answer = await registry(f, 'PUT', `/v2/cerebral/ai-base/manifests/${digest}`, { body });
  assert.equal(answer.status, 201, answer.body);
  return digest;
}

export function oddDockerfiles(fixture: () => Fixture): void {
  let runs: Record<string, PipelineRun>;
  let base: Awaited<ReturnType<typeof readIndex>>;
  let older: string;

  test('odd but legal Dockerfiles build for both platforms, from a branch that is not main (C7, C10)', async () => {
    const f = fixture();
    base = await readIndex(f, 'cerebral/ai-base', 'cpu');
    older = await olderBase(f, base.body);
    const files: Record<string, string[]> = {
      digests: [
        '# escape=`',
        `arg OLDER=${alias}@${older} \``,
        '    # what the stack built before',
        '    UNUSED=x',
        'from ${OLDER} as ai-base',
        'run <<END',
        'echo of-a-heredoc > /heredoc',
        'END',
        `FROM ${inside}:cpu@${base.digest} AS base`,
        `COPY --from=ai-base ${imports} /from-a-stage`,
        `COPY --from=cerebral/ai-base:cuda ${imports} /from-a-tag`,
        `COPY --from=${alias}@${base.digest} ${imports} /from-a-digest`,
        `RUN --mount=type=bind,from=${inside}:cuda,target=/mnt cp /mnt${imports} /from-a-mount`,
        `RUN for file in stage tag digest mount; do cmp ${imports} /from-a-$file || exit 1; done`,
        'COPY --from=ai-base /heredoc /',
      ],
      platforms: [
        'FROM --platform=linux/amd64 cerebral/ai-base:cuda AS fixed',
        'RUN test "$(uname -m)" = x86_64 && uname -m > /fixed',
        'FROM --platform=$BUILDPLATFORM cerebral/ai-base:cuda AS builder',
        'ARG BUILDARCH',
        'RUN echo $BUILDARCH > /builder && test -s /builder',
        'FROM cerebral/ai-base:cuda',
        'ARG TARGETARCH',
        'COPY --from=fixed /fixed /',
        'COPY --from=builder /builder /',
        'RUN case $TARGETARCH in amd64) want=x86_64 ;; *) want=aarch64 ;; esac; test "$(uname -m)" = "$want"',
      ],
      longest: ['FROM cerebral/ai-base:cuda', 'RUN true'],
    };
    const sources = await clone(f);
    await mkdir(join(sources.folder, folder), { recursive: true });
    for (const [name, lines] of Object.entries(files)) {
      await writeFile(join(sources.folder, folder, `${name}.Dockerfile`), `${lines.join('\n')}\n`);
    }
    await sources.git('checkout', '--quiet', '-B', branch);
    try {
      await commitAndPush(sources, 'Odd Dockerfiles', branch);
    } finally {
      await sources.git('checkout', '--quiet', 'main');
    }
    const names = {
      digests: await build(f, 'digests'),
      platforms: await build(f, 'platforms'),
      longest: await build(f, 'longest', { 'image-name': `cerebral/${longest}`, 'deployment-name': longest }),
    };
    const ended = await Promise.all(
      Object.entries(names).map(async ([key, name]) => [key, await endOfRun(f.kube, name)] as const),
    );
    runs = Object.fromEntries(ended);
    for (const [name, one] of ended) {
      assert.equal(succeeded(one), true, `${name}: ${reason(one)}`);
      assert.equal(result(one, 'outcome'), 'waiting: no workload yet');
    }
    const { platforms } = await readIndex(f, 'cerebral/odd-platforms', 'main');
    assert.deepEqual(Object.keys(platforms), ['linux/amd64', 'linux/arm64']);
  });

  test('a base by its digest is the one that is built on, and the log says which one is the stack’s own (C7)', async () => {
    const f = fixture();
    const log = await logOf(f, runs.digests!);
    const own = `${inside}:cpu@${base.digest}`;
    for (const line of [
      `${alias}@${older} → ${inside}@${older}, by its digest; the stack's own is now ${own}`,
      `${own} → ${own}, by its digest\n`,
      `cerebral/ai-base:cuda → ${own}`,
    ]) {
      assert.ok(log.includes(line), `${line} is not in: ${log}`);
    }
  });

  test('names as long as they may be give runs and tags as any other (C8)', async () => {
    const f = fixture();
    const { digest } = await readIndex(f, `cerebral/${longest}`, 'main');
    assert.equal(result(runs.longest!, 'digest'), digest);
  });

  test('a stage with the name of its base is built on the pinned base, and stays a stage (C7)', async () => {
    // The cluster reaches no image of one word, as only those have names that a stage may have: by the builder outside.
    const f = fixture();
    const { home, ports } = f.config;
    const place = join(home, 'scratch', 'stage-name');
    await mkdir(place, { recursive: true });
    const dockerfile = `FROM slipway-odd AS slipway-odd\nRUN echo kept > /kept\nFROM scratch\nCOPY --from=slipway-odd /kept /kept\n`;
    await writeFile(join(place, 'Dockerfile'), dockerfile);
    const pinned = { 'slipway-odd': `127.0.0.1:${ports.registry}/cerebral/ai-base@${base.digest}` };
    const { sources } = pinnedSources(pinned, dockerfile);
    await writeFile(join(place, 'source-policy.json'), JSON.stringify(sourcePolicy(sources)));
    const address = `unix://${join(home, 'run', 'builder', 'b.sock')}`;
    const args = buildctlArgs(
      {
        ...{ platforms: ['linux/amd64'], builders: { 'linux/amd64': address }, tls: '', secrets: {} },
        ...{ dockerfile: join(place, 'Dockerfile'), context: place, text: dockerfile, pinned },
        ...{ image: `127.0.0.1:${ports.registry}/cerebral/odd-stage`, rewriteTimes: false, work: place, env: {} },
      },
      'linux/amd64',
      join(place, 'metadata.json'),
    );
    const env = { ...process.env, DOCKER_CONFIG: join(home, 'docker') };
    await run((await f.tools()).path('buildctl'), args, { env });
  });
}
