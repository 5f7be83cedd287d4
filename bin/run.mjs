#!/usr/bin/env node
// The door of every npm script. Plain JavaScript for any Node >= 18: it installs the project's own packages where they
// are missing or older than package-lock.json, among them a Node that runs TypeScript as it is, and hands over to it.
//
//   node bin/run.mjs FILE.ts [argument...]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const marker = join(modules, '.slipway-lock');
const node = join(modules, '.bin', 'node');

/** The lock's digest says whether what lies in node_modules is what the checkout asks for. */
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
const installed = existsSync(marker) ? readFileSync(marker, 'utf8') : '';

if (installed !== wanted) {
  console.error("slipway: installing the project's packages (npm ci), about a minute the first time");
  // npm's own words go to stderr: what a script prints on stdout may be read by another program.
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (npm.error || npm.status !== 0) {
    const why = npm.error ? npm.error.message : `exit status ${npm.status}`;
    console.error(
      `slipway: npm ci failed (${why}). Look above, check that the npm registry is in reach, and start again.`,
    );
    process.exit(1);
  }
  writeFileSync(marker, wanted);
}

const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${join(modules, '.bin')}:${process.env.PATH ?? ''}` },
});
// A terminal's Ctrl-C reaches the child by itself; it decides what has to be put away before both end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on('error', error => {
  console.error(`slipway: cannot start ${node}: ${error.message}. Remove node_modules and start again.`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1)));
