// A cache of its own for a test, and a Go program that builds in a second.
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Tool } from '../../../sandbox/tools/tool.ts';

/** An empty folder that goes with the test. */
export async function folderFor(test: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-tools-'));
  test.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A cache below `folder` that takes the standard library from the machine's own Go cache. */
export async function cacheIn(folder: string): Promise<string> {
  const cache = join(folder, 'cache');
  await mkdir(cache);
  const shared = execFileSync('go', ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
  await mkdir(shared, { recursive: true });
  await symlink(shared, join(cache, 'go-build'));
  return cache;
}

export async function write(file: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  await chmod(file, mode);
}

/** A module folder with the programs `hello` and `bye`, and the tool that it makes. */
export async function helloModule(modules: string): Promise<Tool> {
  const program = (word: string) => `package main\n\nvar word = "${word}"\n\nfunc main() { print(word) }\n`;
  await write(join(modules, 'hello/go.mod'), 'module slipway.invalid/hello\n\ngo 1.24\n');
  await write(join(modules, 'hello/hello/main.go'), program('hello'));
  await write(join(modules, 'hello/bye/main.go'), program('bye'));
  return {
    name: 'hello',
    version: '1',
    onPath: true,
    source: {
      how: 'go',
      module: 'hello',
      arch: process.arch === 'arm64' ? 'arm64' : 'amd64',
      packages: { 'say-hello': './hello', 'say-bye': './bye' },
      links: { greet: 'say-hello' },
      variables: { 'main.word': 'servus' },
    },
  };
}

/** A `go` that answers with `version` and then does what the script says; returns the environment that finds it. */
export async function fakeGo(folder: string, version: string, script: string): Promise<NodeJS.ProcessEnv> {
  const text = `#!/bin/sh\nif [ "$1" = env ]; then echo ${version}; exit; fi\n${script}\n`;
  await write(join(folder, 'fake/go'), text, 0o755);
  return { ...process.env, PATH: `${join(folder, 'fake')}:${process.env.PATH}` };
}

/** Waits until `is` answers true; throws after ten seconds. */
export async function until(is: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await is())) {
    if (Date.now() > end) throw new Error(`waited ten seconds for: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
