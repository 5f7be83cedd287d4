// Git repositories for one test.
import { execFileSync } from 'node:child_process';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '../../steps/support/folder.ts';

/** Runs git in a repository; gives what it prints. */
export type Git = (...args: string[]) => string;

/** Makes `folder` an empty repository. */
export function makeRepository(folder: string): Git {
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  const git: Git = (...args) =>
    execFileSync('git', ['-C', folder, ...who, ...args], { encoding: 'utf8', stdio: 'pipe' });
  git('init', '--quiet', '--initial-branch=main');
  return git;
}

/** An empty repository in a folder of its own, in which the process works until the test ends. */
export function workInRepository(t: TestContext): { folder: string; git: Git } {
  const [folder, home] = [temporaryFolder(t), process.cwd()];
  t.after(() => process.chdir(home));
  process.chdir(folder);
  return { folder, git: makeRepository(folder) };
}
