import assert from 'node:assert/strict';
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import packages from '../../../package.json' with { type: 'json' };
import { catalogue } from '../../../sandbox/tools/catalogue.ts';
import { explain } from '../../../sandbox/tools/explain.ts';
import { moduleFolder } from '../../../sandbox/tools/go.ts';
import { moduleFiles, toolKey } from '../../../sandbox/tools/key.ts';
import { RunError } from '../../../sandbox/tools/run.ts';
import { type GoBuild, programsOf } from '../../../sandbox/tools/tool.ts';
import { folderFor, helloModule, write } from './tools-fixture.ts';

test('a key is the same for the same module in another place, and in another order', async t => {
  const home = await folderFor(t);
  const tool = await helloModule(join(home, 'a'));
  await cp(join(home, 'a'), join(home, 'b'), { recursive: true });
  await write(join(home, 'b/hello/notes.txt'), 'takes no part in a build');
  const build = tool.source as GoBuild;
  const turned = Object.fromEntries(Object.entries(build).reverse()) as unknown as GoBuild;
  const key = await toolKey(build, 'go1.26.8', join(home, 'a'));
  assert.match(key, /^[0-9a-f]{12}$/);
  assert.equal(await toolKey(turned, 'go1.26.8', join(home, 'b')), key);
});

test('a key changes with a file, the compiler, a linker variable and the architecture', async t => {
  const home = await folderFor(t);
  const build = (await helloModule(home)).source as GoBuild;
  const keys = [
    await toolKey(build, 'go1.26.8', home),
    await toolKey(build, 'go1.26.9', home),
    await toolKey({ ...build, variables: {} }, 'go1.26.8', home),
    await toolKey({ ...build, arch: build.arch === 'amd64' ? 'arm64' : 'amd64' }, 'go1.26.8', home),
  ];
  await write(join(home, 'hello/go.sum'), 'x v1.0.0 h1:0=\n');
  keys.push(await toolKey(build, 'go1.26.8', home));
  assert.equal(new Set(keys).size, keys.length);
});

test('every tool has its module folder, and no two programs have one name', async () => {
  const tools = catalogue('amd64');
  const folders = await readdir(moduleFolder);
  for (const { source } of tools) {
    if (source.how !== 'go') continue;
    assert.ok(folders.includes(source.module), `modules/${source.module} is missing`);
    assert.ok((await moduleFiles(join(moduleFolder, source.module))).includes('go.mod'));
  }
  const programs = tools.flatMap(programsOf);
  assert.equal(new Set(programs).size, programs.length);
});

test('the providers are of the versions that the npm packages ask for', () => {
  const version = (name: string) => catalogue('amd64').find(tool => tool.name === name)?.version;
  assert.equal(version('pulumi-kubernetes'), packages.dependencies['@pulumi/kubernetes']);
  assert.equal(version('pulumi-docker-build'), packages.dependencies['@pulumi/docker-build']);
  assert.equal(version('pulumi'), packages.dependencies['@pulumi/pulumi']);
});

const failures: [output: string, line: RegExp][] = [
  [
    'verifying example.org/x@v1.0.0: checksum mismatch\n\tdownloaded: h1:a\n\tgo.sum: h1:b\nSECURITY ERROR',
    /^t can't be built: what the Go proxy serves as example\.org\/x@v1\.0\.0 differs from the checksum in go\.sum; remove \/c\/go-mod/,
  ],
  ['main.go:1:1: missing go.sum entry for module providing package x', /its go\.sum is incomplete; .*README\.md/],
  ['write /c/x: no space left on device', /the disk is full; .*SLIPWAY_CACHE/],
  [
    'Get "https://proxy": dial tcp 127.0.0.1:1: connect: connection refused',
    /Go proxy is not in reach \(dial tcp .*\); .*GOPROXY/,
  ],
  ['compile: signal: killed', /ran out of memory/],
];
for (const [output, line] of failures) {
  test(`a compiler's "${output.slice(0, 30)}…" is told in one line`, () => {
    const told = explain('t', new RunError('go build', 1, 'exit status 1', output), { cache: '/c' }) as Error;
    assert.match(told.message, line);
    assert.ok(!told.message.includes('\n'));
  });
}
