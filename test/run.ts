// Runs one of the suites: node bin/run.mjs test/run.ts check | unit | engine | manifests | cluster [test file...]
//
//   check      types, lint and format
//   unit       check, then everything that needs neither root nor a cluster
//   engine     the real Pulumi engine on a file:// backend
//   manifests  the rendered stacks before kubeconform, kube-score, checkov and the API server's own admission, and
//              the shell scripts before shellcheck
//   cluster    the sandbox cluster, end to end (needs root)
//
// Each suite ends with the counts of node's own test runner.
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, execPath, exit } from 'node:process';

interface Suite {
  files: string[];
  /** The files of the suite that share one cluster run one at a time. */
  concurrency: number;
  /** Milliseconds after which a single test file is called hung. */
  timeout: number;
}

const suites: Record<string, Suite> = {
  unit: {
    files: ['test/unit/**/*.test.ts', 'test/program/**/*.test.ts', 'test/golden/**/*.test.ts'],
    concurrency: 3,
    timeout: 120_000,
  },
  engine: { files: ['test/engine/**/*.test.ts'], concurrency: 2, timeout: 600_000 },
  manifests: { files: ['test/manifests/**/*.test.ts'], concurrency: 1, timeout: 600_000 },
  cluster: { files: ['test/cluster/**/*.test.ts'], concurrency: 1, timeout: 4_500_000 },
};

function run(command: string, args: string[], env = process.env): number {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env });
  if (error) console.error(`cannot run ${command}: ${error.message}`);
  return status ?? 1;
}

function check(): void {
  const status = run('tsc', ['--noEmit', '-p', '.']) || run('biome', ['check', '--error-on-warnings', '.']);
  if (status !== 0) exit(status);
}

const [name = '', ...chosen] = argv.slice(2);
const suite = suites[name];
if (name === 'check') {
  check();
} else if (suite) {
  if (name === 'unit') check();
  const files = chosen.length > 0 ? chosen : suite.files.flatMap(pattern => globSync(pattern)).sort();
  if (files.length === 0) {
    // node's runner calls an empty list a success.
    console.error(`no test file matches ${suite.files.join(', ')}`);
    exit(1);
  }
  const engine = name === 'engine' ? await (await import('./engine/tools.ts')).engineTools() : undefined;
  if (name === 'manifests') await (await import('./manifests/tools.ts')).manifestTools();
  if (name === 'cluster') await (await import('./tools.ts')).buildSandboxTools();
  const runner = ['--disable-warning=ExperimentalWarning', '--test', '--test-reporter=spec'];
  const limits = [`--test-concurrency=${suite.concurrency}`, `--test-timeout=${suite.timeout}`];
  // One folder for what the tests put aside, so that nothing of it is left behind.
  const TMPDIR = mkdtempSync(join(tmpdir(), 'slipway-test-'));
  const status = run(execPath, [...runner, ...limits, ...files], { ...(engine?.env ?? process.env), TMPDIR });
  rmSync(TMPDIR, { recursive: true, force: true, maxRetries: 3 });
  await engine?.remove();
  exit(status);
} else {
  console.error(`unknown suite "${name}": one of check, ${Object.keys(suites).join(', ')}`);
  exit(2);
}
