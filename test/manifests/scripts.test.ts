// The shell scripts before shellcheck: those of images run where nobody looks, with values that somebody else has set.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { manifestTools } from './tools.ts';

/** What shellcheck is told beside the files, where they can't tell it themselves. */
const groups = [
  // Those that are sourced have no first line that names their shell.
  { files: 'docker/**/*.sh', options: ['--shell=sh'] },
  // Not followed: a path that is put together. In single quotes: words for another shell. cd: whoever sources it has -e.
  { files: 'sandbox/**/*.sh', options: ['--shell=bash', '--exclude=SC1091,SC2016,SC2164'] },
];

describe('shell scripts', () => {
  let shellcheck: string;
  before(async () => {
    ({ shellcheck } = await manifestTools());
  });

  /** A line for each finding. */
  const findings = async (options: readonly string[], files: readonly string[]) => {
    const args = ['--external-sources', '--source-path=SCRIPTDIR', '--format=gcc', ...options, ...files];
    const { stdout, stderr } = await promisify(execFile)(shellcheck, args).catch(
      (error: { stdout: string; stderr: string }) => error,
    );
    return `${stdout}${stderr}`.trim().split('\n').filter(Boolean);
  };

  for (const { files, options } of groups) {
    test(`shellcheck finds nothing in ${files}`, async () => {
      const scripts = globSync(files);
      assert.ok(scripts.length > 0);
      assert.deepEqual(await findings(options, scripts), []);
    });
  }

  test('a word that is not quoted is a finding', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-scripts-'));
    t.after(() => rm(folder, { recursive: true }));
    const script = join(folder, 'faulty.sh');
    await writeFile(script, '#!/bin/sh\nrm $1\n');
    assert.match((await findings([], [script])).join(), /faulty\.sh:2:4: .*SC2086/);
  });
});
