// The workflows can't run here: what can be known of them without GitHub is held.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Job {
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  steps: Step[];
}

interface Workflow {
  on: Record<string, unknown>;
  permissions?: Record<string, string>;
  env?: Record<string, string>;
  jobs: Record<string, Job>;
}

const workflows = globSync('.github/workflows/*.yml').sort();
const actions = globSync('.github/actions/*/action.yml').sort();
const read = (file: string) => readFileSync(file, 'utf8');
const workflow = (file: string) => parse(read(file)) as Workflow;
const stepsOf = (file: string): Step[] =>
  file.endsWith('/action.yml')
    ? (parse(read(file)) as { runs: { steps: Step[] } }).runs.steps
    : Object.values(workflow(file).jobs).flatMap(({ steps }) => steps);
const scripts = [...workflows, ...actions].flatMap(file =>
  stepsOf(file).flatMap(({ run }) => (run === undefined ? [] : [{ file, run }])),
);

test('the workflows are there, and every file of them parses into jobs with steps', () => {
  assert.deepEqual(
    workflows.map(file => file.split('/').at(-1)),
    ['audit.yml', 'ci.yml', 'deploy.yml', 'drift.yml', 'preview.yml'],
  );
  for (const file of [...workflows, ...actions]) assert.ok(stepsOf(file).length > 0, file);
});

test('every action is pinned by its whole commit, with its version beside', () => {
  const used = [...workflows, ...actions].flatMap(file =>
    [...read(file).matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, what]) => `${file}: ${what}`),
  );
  assert.ok(used.length > 10);
  const loose = used.filter(what => !/: (?:\.\/[\w./-]+|[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/.test(what));
  assert.deepEqual(loose, []);
  for (const [, local] of used.join('\n').matchAll(/: \.\/(.+)$/gm)) assert.ok(actions.includes(`${local}/action.yml`));
});

test('a workflow may read the contents and no more; the jobs that may more are known', () => {
  const more = workflows.flatMap(file => {
    const { permissions, jobs } = workflow(file);
    assert.deepEqual(permissions, { contents: 'read' }, file);
    return Object.entries(jobs).flatMap(([name, job]) =>
      job.permissions ? [[`${file} ${name}`, job.permissions]] : [],
    );
  });
  assert.deepEqual(Object.fromEntries(more), {
    '.github/workflows/deploy.yml deploy': { contents: 'read', deployments: 'read', 'pull-requests': 'read' },
    '.github/workflows/preview.yml comment': { contents: 'read', 'pull-requests': 'write' },
  });
});

test("no code of a fork meets a secret: nothing runs for a fork's pull request in this repository's name", () => {
  for (const file of workflows) {
    const triggers = Object.keys(workflow(file).on);
    assert.ok(!triggers.includes('pull_request_target') && !triggers.includes('workflow_run'), file);
  }
});

test('no script has a value of GitHub pasted into it: values come by the environment', () => {
  assert.deepEqual(
    scripts.filter(({ run }) => run.includes('${{')),
    [],
  );
});

test('every job has an end, and no checkout leaves its token behind', () => {
  for (const file of workflows) {
    for (const [name, job] of Object.entries(workflow(file).jobs)) {
      assert.ok(job['timeout-minutes']! > 0, `${file} ${name}`);
      if (file.endsWith('ci.yml')) continue;
      for (const { uses, with: inputs } of job.steps) {
        if (uses?.startsWith('actions/checkout@'))
          assert.equal(inputs?.['persist-credentials'], false, `${file} ${name}`);
      }
    }
  }
});

test('an up that runs is never cancelled, and a stack has one at a time', () => {
  const { deploy } = workflow('.github/workflows/deploy.yml').jobs as Record<string, Job & Record<string, unknown>>;
  assert.deepEqual(deploy!.concurrency, { group: 'deploy-${{ matrix.stack }}', 'cancel-in-progress': false });
  assert.equal((deploy!.strategy as Record<string, unknown>)['max-parallel'], 1);
});

/** The script of each step of a job that has one, in order. */
const runsOf = (file: string, job: string) =>
  workflow(`.github/workflows/${file}`).jobs[job]!.steps.flatMap(({ run }) => run ?? []);
/** The place of the first that matches; fails where none does. */
function placeOf(scripts: readonly string[], what: RegExp): number {
  const at = scripts.findIndex(run => what.test(run));
  assert.ok(at >= 0, `${what} is in none of:\n${scripts.join('\n')}`);
  return at;
}

test('a deployment keeps the rules, finds what was reviewed, previews again, and only then comes the up', () => {
  const steps = runsOf('deploy.yml', 'deploy');
  const order = [
    /slipway -- policy /,
    /slipway -- reviewed .*> reviewed\.md/,
    /slipway -- preview .*expect/,
    /pulumi up /,
  ];
  const places = order.map(what => placeOf(steps, what));
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
  assert.match(steps[places[2]!]!, /--expect reviewed\.md/);
});

test('a pull request is previewed for each stack that it touches, and commented on whatever the previews say', () => {
  const { jobs, on } = workflow('.github/workflows/preview.yml');
  assert.deepEqual(Object.keys(on), ['pull_request']);
  const steps = runsOf('preview.yml', 'preview');
  assert.ok(placeOf(steps, /slipway -- policy /) < placeOf(steps, /slipway -- preview .*--markdown --json/));
  const { preview, comment } = jobs as Record<string, Job & { if: string; strategy: object; needs: string[] }>;
  assert.deepEqual((preview!.strategy as { matrix: object }).matrix, {
    stack: '${{ fromJSON(needs.touched.outputs.stacks) }}',
  });
  assert.match(comment!.if, /^!cancelled\(\) && needs\.touched\.result == 'success'/);
  assert.deepEqual(comment!.needs, ['touched', 'preview']);
  placeOf(runsOf('preview.yml', 'comment'), /slipway -- comment /);
  for (const job of [preview, comment]) assert.match(job!.if, /head\.repo\.full_name == github\.repository/);
});

test('drift is looked for every night, and any change is a failure', () => {
  const { on } = workflow('.github/workflows/drift.yml');
  assert.match((on.schedule as { cron: string }[])[0]!.cron, /^\d+ \d+ \* \* \*$/);
  placeOf(runsOf('drift.yml', 'drift'), /slipway -- preview "\$STACK" .*--expect-no-changes/);
});

test('they use verbs and options that slipway has', () => {
  const calls = scripts.flatMap(({ run }) => [...run.matchAll(/slipway -- (\w+)([^\n)]*)/g)]);
  assert.ok(calls.length >= 6);
  const helps = new Map<string, string>();
  for (const [call, verb = '', rest = ''] of calls) {
    if (!helps.has(verb)) {
      const args = ['--disable-warning=ExperimentalWarning', 'commands/slipway.ts', 'help', verb];
      helps.set(verb, execFileSync(process.execPath, args, { encoding: 'utf8' }));
    }
    const help = helps.get(verb)!;
    assert.match(help, new RegExp(`^Usage: slipway ${verb} `), call);
    for (const [option] of rest.matchAll(/--[\w-]+/g)) assert.match(help, new RegExp(`${option}\\b`), call);
  }
  // Options that a script keeps in a list.
  const listed = scripts.flatMap(({ run }) => [...run.matchAll(/=\((--[\w-]+)/g)].map(([, option]) => option!));
  assert.deepEqual(listed.sort(), ['--expect', '--sources']);
  for (const option of listed) assert.match(helps.get('preview')!, new RegExp(`${option}\\b`));
});

/** Those of one machine, and the one whose `up` builds from binaries that a person has made. */
const byHand = ['local', 'ai-stack-local', 'cybermesh-dev'];

test('every stack with a committed file is looked after, but those that a person runs, in one order everywhere', () => {
  const committed = globSync('Pulumi.*.yaml').map(file => file.split('.')[1]!);
  const lists = workflows.flatMap(file => workflow(file).env?.STACKS ?? []);
  assert.equal(lists.length, 3);
  assert.deepEqual(new Set(lists).size, 1);
  assert.deepEqual(lists[0]!.split(',').sort(), committed.filter(stack => !byHand.includes(stack)).sort());
});

test('every secret and variable that they read is in docs/pull-requests.md, and no other', () => {
  const named = (text: string, pattern: RegExp) =>
    [...new Set([...text.matchAll(pattern)].map(([, name]) => name!))].sort();
  const used = named(workflows.map(read).join('\n'), /\b(?:secrets|vars)\.([A-Z_]+)/g);
  assert.deepEqual(named(read('docs/pull-requests.md'), /^\| `([A-Z_]+)` \|/gm), used);
});

test("Pulumi's CLI is the one that the SDK is of", () => {
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
  const versions = [...workflows, ...actions].flatMap(file =>
    stepsOf(file).flatMap(({ with: inputs }) => inputs?.['pulumi-version'] ?? []),
  );
  assert.deepEqual(versions, [dependencies['@pulumi/pulumi']]);
});
