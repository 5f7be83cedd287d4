import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const sdk = createRequire(import.meta.url).resolve('@pulumi/pulumi');

/** What a script prints that has the SDK as `pulumi`, loaded behind the hook. */
function run(script: string): string {
  const text = `const pulumi = require(${JSON.stringify(sdk)});\n${script}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', './bin/lazy-sdk.cjs', '--eval', text], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

test('the SDK is loaded without what only other programs need', () => {
  const loaded: string[] = JSON.parse(run('console.log(JSON.stringify(Object.keys(require.cache)))'));
  assert.ok(loaded.includes(sdk), loaded.join('\n'));
  const heavy = /node_modules\/(typescript|@npmcli|@sigstore|@opentelemetry\/sdk-trace-\w+|js-yaml)\//;
  assert.deepEqual(
    loaded.filter(file => heavy.test(file)),
    [],
  );
});

test('what is left out comes when it is asked for: a function is sent away with its code', () => {
  const text = run(`
    const seconds = 42;
    pulumi.runtime.serializeFunction(() => require('node:os').uptime() + seconds).then(({ text }) => console.log(text));
  `);
  assert.match(text, /seconds: 42/);
  assert.match(text, /require\('node:os'\)\.uptime\(\) \+ seconds/);
});

test('and so do the packages that it needs, and the automation API', () => {
  const text = run(`
    console.log(typeof pulumi.automation.LocalWorkspace.create);
    pulumi.runtime.computeCodePaths().then(paths => console.log(paths.size > 10));
  `);
  assert.equal(text, 'function\ntrue\n');
});
