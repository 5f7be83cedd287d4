import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';

let checkout: string;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'slipway-commands-'));
  mkdirSync(join(checkout, 'commands'));
  for (const name of ['bundle', 'commands/slipway.ts', 'commands/checkout.ts', 'package.json', 'package-lock.json']) {
    cpSync(name, join(checkout, name), { recursive: true });
  }
  symlinkSync(resolve('node_modules'), join(checkout, 'node_modules'));
  write("import { checkout } from './checkout.ts';\nconsole.log(checkout, process.argv.slice(2).join(' '));\n");
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

const write = (text: string) => writeFileSync(join(checkout, 'commands/cli.ts'), text);

/** `slipway`, called from a folder that is no checkout. */
function slipway(...args: string[]): SpawnSyncReturns<string> {
  const command = ['--disable-warning=ExperimentalWarning', join(checkout, 'commands/slipway.ts'), ...args];
  return spawnSync(process.execPath, command, { cwd: tmpdir(), encoding: 'utf8' });
}

test('a command knows its checkout wherever it is called, and is bundled once', () => {
  assert.equal(slipway('copy', 'a').stdout, `${checkout} copy a\n`);
  // A bundle that is made anew is another file.
  const { ino } = statSync(join(checkout, 'dist/slipway.cjs'));
  assert.equal(slipway('copy', 'b').stdout, `${checkout} copy b\n`);
  assert.equal(statSync(join(checkout, 'dist/slipway.cjs')).ino, ino);
});

test('an edit is in the next call of a command', () => {
  slipway();
  write("console.log('edited');\n");
  assert.equal(slipway().stdout, 'edited\n');
});

test('a source that is no TypeScript is named with its line, and the command fails', () => {
  write("console.log('one);\n");
  const { status, stdout, stderr } = slipway();
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /^slipway: Build failed with 1 error:\ncommands\/cli\.ts:1:\d+: ERROR: Unterminated string/);
});

test('where the bundle can not be kept, the command runs all the same', () => {
  writeFileSync(join(checkout, 'dist'), 'a file where the folder should be');
  assert.equal(slipway('copy').stdout, `${checkout} copy\n`);
});

test('one source of the commands asks for its own place: the bundle lies elsewhere', () => {
  const { status } = spawnSync(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    'commands/slipway.ts',
    'help',
  ]);
  assert.equal(status, 0);
  const { sources } = JSON.parse(readFileSync('dist/slipway.cjs.json', 'utf8')) as { sources: Record<string, string> };
  const own = Object.keys(sources).filter(file => !file.startsWith('node_modules/') && !file.startsWith('bundle/'));
  assert.ok(own.includes('commands/copy.ts'));
  const asking = own.filter(file => readFileSync(file, 'utf8').includes('import.meta.dirname'));
  assert.deepEqual(asking, ['commands/checkout.ts']);
});
