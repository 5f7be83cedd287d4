// What the project stands on: each package and each command that the documentation names.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const { scripts, dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

/** The packages that a source imports, by the name that package.json has for them. */
function imported(source: string): string[] {
  const names = [...source.matchAll(/(?:from |import |import\(|= require\()'((?:@[\w.-]+\/)?[\w.-]+)[^']*'/g)];
  return names.map(([, name]) => name!);
}

const sources = globSync('{*,*/**/*}.{ts,mjs,cjs}', {
  exclude: path => /node_modules|\.slipway|(^|\/)dist$/.test(path),
});

test('each package does work, is pinned exactly, and has its reason in the documentation (P1)', () => {
  const used = new Set(sources.flatMap(file => imported(readFileSync(file, 'utf8'))));
  const reasons = readFileSync('docs/dependencies.md', 'utf8');
  // Programs that are run, and types that the compiler finds by itself.
  const run = ['node', 'typescript', '@biomejs/biome'];
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
    assert.ok(reasons.includes(`\`${name}\``), `docs/dependencies.md has no reason for ${name}`);
    assert.ok(used.has(name) || run.includes(name) || name.startsWith('@types/'), `nothing imports ${name}`);
  }
});

test('nothing imports a package that package.json does not name (P1)', () => {
  const known = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
  const strange = sources.flatMap(file =>
    imported(readFileSync(file, 'utf8'))
      .filter(name => !name.startsWith('.') && !known.includes(name))
      .map(name => `${file}: ${name}`),
  );
  assert.deepEqual(strange, []);
});

test('each command that the documentation names is there, the two of the README first (P2, P7)', () => {
  const readme = readFileSync('README.md', 'utf8');
  const [start, tests] = [...readme.matchAll(/^npm (\S+)/gm)].map(([, name]) => name);
  assert.deepEqual([start, tests], ['start', 'test']);
  for (const file of ['README.md', ...globSync('docs/*.md')]) {
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/npm run (?:--silent )?([\w:]+)/g)) {
      assert.ok(name! in scripts, `${file}: npm run ${name}`);
    }
  }
});
