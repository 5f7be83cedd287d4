import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';

let checkout: string;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'slipway-start-'));
  for (const name of ['start.mjs', 'bundle', 'package.json', 'package-lock.json']) {
    cpSync(name, join(checkout, name), { recursive: true });
  }
  symlinkSync(resolve('node_modules'), join(checkout, 'node_modules'));
  write('index.ts', "import { word } from './word.ts';\nexport default (): string => word;\n");
  write('word.ts', "export const word: string = 'one';\n");
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

const write = (file: string, text: string) => writeFileSync(join(checkout, file), text);

/** What the program gives, or the fault that it ends with. */
function start(): Promise<string> {
  const script = "const { default: program } = await import('./start.mjs'); process.stdout.write(await program())";
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script];
  return new Promise(done =>
    execFile(process.execPath, args, { cwd: checkout }, (error, stdout, stderr) => done(error ? stderr : stdout)),
  );
}

test('an edit is seen by the next start, whatever the time and the size of the file', async () => {
  assert.equal(await start(), 'one');
  assert.equal(await start(), 'one');
  const long = new Date(0);
  utimesSync(join(checkout, 'word.ts'), long, long);
  write('word.ts', "export const word: string = 'two';\n");
  utimesSync(join(checkout, 'word.ts'), long, long);
  assert.equal(await start(), 'two');
});

test('so are a new file and one that goes', async () => {
  assert.equal(await start(), 'one');
  write('other.ts', "export const word: string = 'other';\n");
  write('index.ts', "import { word } from './other.ts';\nexport default (): string => word;\n");
  assert.equal(await start(), 'other');
  rmSync(join(checkout, 'other.ts'));
  assert.match(await start(), /SyntaxError: Build failed with 1 error:\nindex\.ts:1:21: ERROR: Could not resolve/);
});

test('an unchanged program is not bundled again', async () => {
  assert.equal(await start(), 'one');
  // A bundle that is made anew is another file.
  const { ino } = statSync(join(checkout, 'dist/program.cjs'));
  assert.equal(await start(), 'one');
  assert.equal(statSync(join(checkout, 'dist/program.cjs')).ino, ino);
});

test('with other options of the bundler the program is bundled anew', async () => {
  assert.equal(await start(), 'one');
  const recipe = readFileSync(join(checkout, 'bundle/program.ts'), 'utf8');
  write(
    'bundle/program.ts',
    recipe.replace("format: 'cjs',", "format: 'cjs', banner: { js: 'globalThis.seen = 1;' },"),
  );
  write('index.ts', 'export default (): string => String((globalThis as { seen?: number }).seen);\n');
  assert.equal(await start(), '1');
  write('bundle/program.ts', recipe);
  assert.equal(await start(), 'undefined');
});

test('a bundle that was cut off or changed is made anew', async () => {
  assert.equal(await start(), 'one');
  const [bundle, record] = [join(checkout, 'dist/program.cjs'), join(checkout, 'dist/program.cjs.json')];
  assert.ok(existsSync(bundle) && existsSync(record));
  for (const file of [bundle, record]) {
    writeFileSync(file, '{');
    assert.equal(await start(), 'one');
  }
});

test('starts at the same time do not hurt each other', async () => {
  const all = await Promise.all([start(), start(), start()]);
  assert.deepEqual(all, ['one', 'one', 'one']);
  assert.deepEqual(readdirSync(join(checkout, 'dist')).sort(), ['program.cjs', 'program.cjs.json']);
});

test('a trace names the lines of the sources', async () => {
  const thrower = "export function fail(): never {\n  throw new Error('no');\n}\n";
  write('word.ts', `interface Removed {\n  a: string;\n}\n${thrower}`);
  write('index.ts', "import { fail } from './word.ts';\nexport default (): string => {\n  return fail();\n};\n");
  for (const _ of ['made', 'kept']) {
    const trace = await start();
    assert.ok(trace.includes(`at fail (${join(checkout, 'word.ts')}:5:9)`), trace);
    assert.ok(trace.includes(`${join(checkout, 'index.ts')}:3:10`), trace);
  }
});

test('a source that is no TypeScript is named with its line', async () => {
  write('word.ts', "export const word: string = 'one;\n");
  const said = await start();
  assert.match(said, /SyntaxError: Build failed with 1 error:\nword\.ts:1:\d+: ERROR: Unterminated string literal/);
});

test('a source that asks for its own place is refused: the bundle lies elsewhere', async () => {
  write('word.ts', 'export const word: string = import.meta.dirname;\n');
  assert.match(await start(), /word\.ts:1:28: ERROR: "import\.meta" is not available/);
});

test('where the bundle can not be kept, the program runs all the same', async () => {
  write('dist', 'a file where the folder should be');
  assert.equal(await start(), 'one');
});
