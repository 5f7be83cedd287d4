import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { ensureTools } from '../../../sandbox/tools/build.ts';
import type { ToolEvent } from '../../../sandbox/tools/report.ts';
import { cacheIn, fakeGo, folderFor, helloModule, until, write } from './tools-fixture.ts';

test('a tool is built once: its programs, links and linker variables', async t => {
  const home = await folderFor(t);
  const cache = await cacheIn(home);
  const modules = join(home, 'modules');
  const options = { cache, modules, tools: [await helloModule(modules)] };
  const states: string[] = [];
  const report = (event: ToolEvent) => {
    if (states.at(-1) !== event.state) states.push(event.state);
  };
  const tools = await ensureTools({ ...options, report });
  assert.deepEqual(states, ['queued', 'building', 'done']);
  const say = (program: string) => execFileSync(tools.path(program), { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const program of ['say-hello', 'say-bye', 'greet']) say(program);
  assert.deepEqual(tools.folders, [dirname(tools.path('greet'))]);
  assert.deepEqual((await readdir(tools.folders[0]!)).sort(), ['greet', 'say-bye', 'say-hello']);
  assert.match(await readFile(tools.path('say-bye'), 'latin1'), /servus/);
  states.length = 0;
  await ensureTools({ ...options, report });
  assert.deepEqual(states, ['found']);
  assert.throws(() => tools.path('say'), /no tool gives say; there are greet, say-bye, say-hello/);
});

test('a name that no tool has is refused with the names there are', async t => {
  const home = await folderFor(t);
  const tools = [await helloModule(join(home, 'modules'))];
  await assert.rejects(
    ensureTools({ cache: home, tools, only: ['holla'] }),
    /no tool is called holla; there are hello/,
  );
});

test('a tool that must be asked for is left out until it is, and comes beside the others', async t => {
  const home = await folderFor(t);
  const cache = await cacheIn(home);
  const modules = join(home, 'modules');
  const hello = await helloModule(modules);
  const asked = { ...hello, name: 'asked', asked: true as const };
  const states: string[] = [];
  const report = ({ tool, state }: ToolEvent) => void states.push(`${tool} ${state}`);
  await ensureTools({ cache, modules, tools: [asked], report });
  assert.deepEqual(states, []);
  const tools = await ensureTools({ cache, modules, tools: [asked], also: ['asked'], report });
  assert.equal(states.at(-1), 'asked done');
  assert.ok(existsSync(tools.path('say-hello')));
});

test('an abort ends the compiler and all that it started, and leaves nothing half-written', async t => {
  const home = await folderFor(t);
  const modules = join(home, 'modules');
  const tools = [await helloModule(modules)];
  const script = `sleep 600 & echo $! > ${home}/child; echo $$ > ${home}/go; wait`;
  const env = await fakeGo(home, 'go1.26.0', script);
  const abort = new AbortController();
  const cache = join(home, 'cache');
  const building = ensureTools({ cache, modules, tools, env, signal: abort.signal });
  building.catch(() => {});
  await until(() => existsSync(join(home, 'go')), 'the compiler to start');
  abort.abort(new Error('interrupted'));
  await assert.rejects(building, /interrupted/);
  for (const name of ['go', 'child']) {
    const pid = Number((await readFile(join(home, name), 'utf8')).trim());
    await until(() => !isRunning(pid), `${name} to end`);
  }
  const left = (await readdir(join(cache, 'tools'))).filter(name => !name.endsWith('.log'));
  assert.deepEqual(left, ['.locks']);
});

test('the first failure ends the other builds and is told in one line with the log', async t => {
  const home = await folderFor(t);
  const modules = join(home, 'modules');
  const hello = await helloModule(modules);
  const env = await fakeGo(
    home,
    'go1.26.0',
    'pwd | grep -q slow- && exec sleep 600; sleep 0.2; echo "main.go:3:1: syntax error" >&2; exit 1',
  );
  const started = Date.now();
  const tools = [hello, { ...hello, name: 'slow' }];
  const fault = await ensureTools({ cache: join(home, 'cache'), modules, tools, env }).catch(error => error as Error);
  assert.ok(fault instanceof Error);
  assert.match(
    fault.message,
    /^hello can't be built: go ended with status 1: main\.go:3:1: syntax error; the log is .*hello-[0-9a-f]{12}\.log$/,
  );
  assert.ok(Date.now() - started < 10_000);
});

test('no Go, or one that is older than a module asks for, is said before anything is built', async t => {
  const home = await folderFor(t);
  const modules = join(home, 'modules');
  const options = { cache: join(home, 'cache'), modules, tools: [await helloModule(modules)] };
  const old = await fakeGo(home, 'go1.19.8', 'exit 1');
  await assert.rejects(
    ensureTools({ ...options, env: old }),
    /Go is go1\.19\.8, and 1\.24\.0 or newer is needed: install Go/,
  );
  const bin = join(home, 'bin');
  await write(join(bin, 'setpriv'), '#!/bin/sh\nexit 127\n', 0o755);
  await assert.rejects(ensureTools({ ...options, env: { PATH: bin } }), /Go is not on the PATH, .*: install Go/);
});

test('too little disk is said with both figures, before anything is built', async t => {
  const home = await folderFor(t);
  const modules = join(home, 'modules');
  const tools = [{ ...(await helloModule(modules)), cpuSeconds: 1e9 }];
  const env = await fakeGo(home, 'go1.26.0', 'exit 1');
  await assert.rejects(
    ensureTools({ cache: join(home, 'cache'), modules, tools, env }),
    /\d GiB are free where .*, and the tool chain needs \d+\.\d GiB: free some, or set SLIPWAY_CACHE/,
  );
});

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(execFileSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8', stdio: 'pipe' }));
  } catch {
    return false;
  }
}
