import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stretchesOf } from '../../../bench/push/marks.ts';
import { memoryOf } from '../../../bench/sandbox/memory.ts';
import { asCommonJs } from '../../../bench/startup/twin.ts';

test('the sources become what a CommonJS compiler takes, and nothing else is changed', () => {
  const source = [
    "import dockerBuild from '@pulumi/docker-build';",
    "import * as pulumi from '@pulumi/pulumi';",
    "import { parse } from 'yaml';",
    "import { parseLock } from './images/lock.ts';",
    "const { connect } = await import('../cluster/kube.ts');",
    "const file = 'commands/slipway.ts';",
  ].join('\n');
  assert.equal(
    asCommonJs(source),
    [
      "import * as dockerBuild from '@pulumi/docker-build';",
      "import * as pulumi from '@pulumi/pulumi';",
      "import { parse } from 'yaml';",
      "import { parseLock } from './images/lock';",
      "const { connect } = await import('../cluster/kube');",
      "const file = 'commands/slipway.ts';",
    ].join('\n'),
  );
});

test('the stretches of a push add up to its end, in whatever order its marks were seen', () => {
  const marks = new Map([
    ['pushed', 0.3],
    ['run', 0.2],
    ['build: pod', 0.5],
    ['healthy', 9],
    ['ended', 10],
  ]);
  const stretches = stretchesOf(marks).map(({ seconds }) => seconds);
  assert.ok(stretches.every(seconds => seconds >= 0));
  assert.ok(Math.abs(stretches.reduce((sum, seconds) => sum + seconds) - 10) < 1e-9);
});

test('the memory of a process counts what it started', () => {
  assert.ok(memoryOf(process.ppid) > memoryOf(process.pid));
  assert.ok(memoryOf(process.pid) > 10e6);
});
