// Who may import whom: the plan of the house, held by a test.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

/** By top-level folder (or file): what it may import of ours beside itself. */
const allowed: Record<string, string[]> = {
  bundle: [],
  images: [],
  cluster: [],
  systems: ['images'],
  settings: ['images', 'systems'],
  components: ['bundle', 'images', 'settings', 'systems'],
  program: ['images', 'settings', 'systems', 'components', 'cluster'],
  'index.ts': ['images', 'settings', 'systems', 'components', 'cluster', 'program'],
  steps: ['images', 'cluster'],
  policy: ['images', 'settings', 'systems', 'components'],
  commands: ['bundle', 'images', 'cluster', 'settings', 'systems', 'steps', 'policy', 'index.ts'],
  sandbox: [],
  // It measures all of it, with the helpers of the tests.
  bench: ['images', 'cluster', 'systems', 'settings', 'steps', 'sandbox', 'test'],
};

const top = (path: string) => path.split('/')[0]!;

/** Relative imports of a source file, as paths from the checkout. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = [...text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)'(\.{1,2}\/[^']+)'/g)];
  return found.map(match => normalize(join(dirname(file), match[1]!)));
}

const files = Object.keys(allowed).flatMap(entry => (entry.endsWith('.ts') ? [entry] : globSync(`${entry}/**/*.ts`)));

test('imports go one way', () => {
  const wrong: string[] = [];
  for (const file of files) {
    for (const target of importsOf(file)) {
      const [from, to] = [top(file), top(target)];
      if (from === to || allowed[from]!.includes(to)) continue;
      wrong.push(`${file} imports ${target}; ${from} may import ${allowed[from]!.join(', ') || 'nothing of ours'}`);
    }
  }
  assert.deepEqual(wrong, []);
});

/** Files of ours that are loaded with `file`; neither types nor what is imported when it is needed. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, names, path] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type )(?:(?:\{([^}]*)\}|[^'{;]*) from )?'(\.[^']+)'/gm,
  )) {
    const ofTypes = names?.split(',').every(name => /^\s*(type .*)?$/.test(name));
    if (!ofTypes) loadedWith(normalize(join(dirname(file), path!)), seen);
  }
  return seen;
}

test('the program starts without the clients of cluster and registry', () => {
  const loaded = loadedWith('index.ts');
  assert.ok(loaded.has('program/world.ts'));
  const clients = ['cluster/kube.ts', 'images/registry.ts', 'images/credentials.ts'];
  assert.deepEqual(
    clients.filter(file => loaded.has(file)),
    [],
  );
});

test('git leaves no source file out: each checkout has them all', () => {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], {
    encoding: 'utf8',
  });
  const known = new Set(listed.split('\n'));
  const lost = [...files, ...globSync('test/**/*.ts')].filter(file => !known.has(file));
  assert.deepEqual(lost, []);
});

test('every folder of the house has files to check', () => {
  const seen = new Set(files.map(top));
  assert.deepEqual([...seen].sort(), Object.keys(allowed).sort());
});

test('images stays pure: neither Pulumi nor Kubernetes', () => {
  const impure = globSync('images/**/*.ts').filter(file =>
    /from '@(pulumi|kubernetes)\//.test(readFileSync(file, 'utf8')),
  );
  assert.deepEqual(impure, []);
});

test('one module of the commands runs the program', () => {
  const running = globSync('commands/**/*.ts').filter(file => importsOf(file).includes('index.ts'));
  assert.deepEqual(running, ['commands/offline/offline.ts']);
});

test('the program takes nothing from the sandbox, nor does anything else outside of it', () => {
  const taking = files.filter(
    file => !['sandbox', 'bench'].includes(top(file)) && importsOf(file).some(target => top(target) === 'sandbox'),
  );
  assert.deepEqual(taking, []);
});
