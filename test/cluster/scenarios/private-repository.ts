// A repository that asks for a token, with a submodule that does so as well.
import assert from 'node:assert/strict';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { NETWORK } from '../../../sandbox/config.ts';
import { edit } from '../../../sandbox/first-push/repository.ts';
import { endOfRun, type PipelineRun, reason, succeeded } from '../../../sandbox/first-push/runs.ts';
import { privateToken } from '../../../sandbox/git-script.ts';
import { run as execute } from '../../../sandbox/tools/run.ts';
import type { Fixture } from '../support/fixture.ts';
import { answer, clone, logOf, service } from '../support/service.ts';
import { removeSecrets, setSecrets } from '../support/stack-secrets.ts';
import { upWith } from '../support/up.ts';
import { createRun, seedParameters } from './manual-run.ts';

const host = `http://${NETWORK.nodeIP}:${NETWORK.gitPort}`;
const parameters = { ...seedParameters, 'repo-url': `${host}/private.git` };
const folder = `microservices/${service.name}`;

/** The sample service, whose version lies in a submodule: another branch of the same repository, by a relative address. */
async function pushPrivate(f: Fixture, version: string): Promise<void> {
  const work = join(f.config.home, 'work', 'private');
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  const author = { GIT_AUTHOR_NAME: 'x', GIT_AUTHOR_EMAIL: 'x@y', GIT_COMMITTER_NAME: 'x', GIT_COMMITTER_EMAIL: 'x@y' };
  const env = { ...process.env, ...author, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
  const git = async (...args: string[]) => (await execute('git', args, { cwd: work, env })).stdout.trim();
  await git('init', '--quiet', '--initial-branch=library');
  const token = (await privateToken(f.config)).trim();
  await git('remote', 'add', 'origin', `http://x:${token}@127.0.0.1:${f.config.ports.git}/private.git`);
  await writeFile(join(work, 'version.py'), `VERSION = '${version}'\n`);
  await writeFile(join(work, '__init__.py'), '');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'The library');
  const library = await git('rev-parse', 'HEAD');

  await git('checkout', '--quiet', '--orphan', 'main');
  await git('rm', '--quiet', '-r', '--force', '.');
  await cp(join((await clone(f)).folder, folder), join(work, folder), { recursive: true });
  await edit({ folder: work, git }, `${folder}/main.py`, /^VERSION = .*$/m, 'from library.version import VERSION');
  const path = `${folder}/library`;
  await writeFile(join(work, '.gitmodules'), `[submodule "library"]\n\tpath = ${path}\n\turl = ../private.git\n`);
  await git('add', '--all');
  await git('update-index', '--add', '--cacheinfo', `160000,${library},${path}`);
  await git('commit', '--quiet', '--message', 'The service');
  await git('push', '--quiet', '--force', 'origin', 'library', 'main');
}

/** What a person may read of a run. */
async function readable(f: Fixture, run: PipelineRun): Promise<string> {
  const of = ['--namespace', 'tekton-pipelines', '--output=yaml'];
  const kinds = ['pipelineruns.tekton.dev', 'taskruns.tekton.dev', 'tasks.tekton.dev', 'pods', 'configmaps'];
  return (await Promise.all([logOf(f, run), ...kinds.map(kind => f.kube(['get', kind, ...of]))])).join('\n');
}

export function privateRepository(fixture: () => Fixture): void {
  test('a private repository without credentials fails in the first step, and says what to set', async () => {
    const f = fixture();
    await pushPrivate(f, 'private 1');
    const run = await endOfRun(f.kube, await createRun(f, parameters));
    assert.equal(succeeded(run), false);
    assert.match(
      reason(run),
      /^repository http:\S+private\.git is not there, or needs credentials .*slipway:gitCredentials$/,
    );
  });

  test('with a token in the stack it is built, its private submodule too, and nobody can read the token', async () => {
    const f = fixture();
    const token = (await privateToken(f.config)).trim();
    await setSecrets(f, 'gitCredentials', { 'private.token': token }, { 'private.url': host });
    const up = await f.pulumi('up', '--yes', '--skip-preview', '--color', 'never');
    assert.equal(up.status, 0, up.output);
    assert.ok(!up.output.includes(token));
    const run = await endOfRun(f.kube, await createRun(f, parameters));
    assert.equal(succeeded(run), true, reason(run));
    assert.match(await logOf(f, run), /files, 1 submodules$/m);
    assert.match(await answer(f), /private 1/);
    const seen = await readable(f, run);
    for (const secret of [token, Buffer.from(`git:${token}`).toString('base64')]) assert.ok(!seen.includes(secret));
  });

  test('without the token again, the next run is refused as the first was', async () => {
    const f = fixture();
    await removeSecrets(f, 'gitCredentials');
    await upWith(f);
    const run = await endOfRun(f.kube, await createRun(f, parameters));
    assert.equal(succeeded(run), false);
    assert.match(reason(run), /needs credentials/);
  });
}
