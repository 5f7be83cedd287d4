// What becomes of the engine's own events, one recording for each kind of change (test/engine/record.ts).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseEvents } from '../../../../commands/preview/events.ts';
import { preview } from '../../../../commands/preview/preview.ts';
import { changes, type Report, reportOf } from '../../../../commands/preview/report.ts';
import { briefly } from '../../../../commands/preview/rolls.ts';

const file = (name: string) => `test/fixtures/events/${name}.jsonl`;
const read = (name: string) => reportOf('test', parseEvents(readFileSync(file(name), 'utf8')).events);

/** The parts of a report that say something. */
function told({ rolls, rebuilds, others, notes, faults }: Report): Record<string, unknown[]> {
  const parts = {
    rolls: rolls.map(({ service, from, to }) => [service, from ? briefly(from) : '', to ? briefly(to) : '']),
    rebuilds: rebuilds.map(({ image, reasons, dependents }) => [image, reasons, dependents]),
    others: others.map(({ operation, kind, name, paths }) => [operation, kind, name, ...paths]),
    notes,
    faults,
  };
  return Object.fromEntries(Object.entries(parts).filter(([, items]) => items.length > 0));
}

const letters = (letter: string) => letter.repeat(12);
const both = ['ai-services', 'data-services'];

test('an unchanged stack changes nothing, and nor does one that the pipeline has rolled out (P3)', () => {
  for (const name of ['nothing', 'rolled-out']) {
    const report = read(name);
    assert.deepEqual(told(report), {}, name);
    assert.equal(changes(report), false);
  }
});

test('a report knows the catalogue and how the stack knows its digests', () => {
  const { stack, system, digests } = read('nothing');
  assert.deepEqual({ stack, system, digests }, { stack: 'test', system: 'cerebral', digests: 'lock' });
});

test('another digest is a roll with both digests and both source commits, and no other change (P3)', () => {
  const report = read('roll');
  assert.deepEqual(told(report), { rolls: [['ai-services', letters('a'), letters('c')]] });
  assert.deepEqual([report.rolls[0]!.from!.commit, report.rolls[0]!.to!.commit], [letters('1'), letters('3')]);
});

test('what waits for a roll in the up is no change of its own; alone, it is one (P3)', () => {
  const { events } = parseEvents(readFileSync(file('roll'), 'utf8'));
  const rolled = events.find(
    ({ resourcePreEvent: step }) => /:Deployment$/.test(step?.metadata.type ?? '') && step?.metadata.op === 'update',
  )!;
  const { metadata } = rolled.resourcePreEvent!;
  const type = 'command:local:Command';
  const urn = metadata.urn.replace(metadata.type, type).replace(/::[^:]+$/, '::ai-rollout');
  const state = { custom: true, parent: metadata.new!.parent, inputs: {}, outputs: {} };
  const judge = { ...metadata, urn, type, old: state, new: state, detailedDiff: { 'triggers[0]': {} } };
  const waiting = { sequence: 0, resourcePreEvent: { metadata: judge } };
  assert.deepEqual(told(reportOf('test', [...events, waiting])), told(reportOf('test', events)));
  assert.deepEqual(told(reportOf('test', [waiting])), { others: [['update', 'Command', 'ai-rollout', 'triggers[0]']] });
});

test('a rebuild names each file that changed, came or went, and who is built on it (P3, C12)', () => {
  assert.deepEqual(told(read('rebuild-file')), {
    rebuilds: [['cerebral/ai-base:cpu', ['base/requirements.txt changed', 'base/setup.sh is gone'], both]],
  });
});

test('a rebuild names build arguments and upstream digests (P3, C12)', () => {
  assert.deepEqual(told(read('rebuild-inputs')), {
    rebuilds: [
      [
        'cerebral/ai-base:cpu',
        [
          'build argument REQUIREMENTS: "requirements.txt" → "other.txt"',
          `upstream python:3.11-slim: ${letters('e')} → ${letters('f')}`,
        ],
        both,
      ],
    ],
  });
});

test('an image that the registry has lost is built again, and the reason is that', () => {
  const { rebuilds } = read('rebuild-lost');
  assert.deepEqual(
    rebuilds.map(({ image, reasons }) => [image, reasons]),
    [['cerebral/ai-base:cpu', ['the registry has it no more']]],
  );
});

test('the same build has the same fingerprint, and another one another', () => {
  const inputs = (name: string) => read(name).rebuilds[0]!.inputs;
  assert.match(inputs('rebuild-file'), /^[0-9a-f]{16}$/);
  assert.equal(inputs('rebuild-file'), inputs('review'));
  assert.notEqual(inputs('rebuild-file'), inputs('rebuild-inputs'));
});

test('a service that is new rolls from nothing, its objects are folded, and its first build is named', () => {
  const { rolls, rebuilds, others } = told(read('creation'));
  assert.deepEqual(rolls, [['knowledge-services', '', letters('d')]]);
  assert.deepEqual(rebuilds, [
    ['knowledge-services', ['its build on cerebral/ai-base:cpu has not been seen to succeed'], []],
  ]);
  assert.deepEqual(others!.map(other => (other as string[]).slice(0, 3).join(' ')).sort(), [
    'create ConfigMap knowledge-services-config',
    'create NetworkPolicy knowledge-services-policy',
    'create Service knowledge-services-service',
    'create ServiceAccount knowledge-services-account',
  ]);
});

test('a service that goes rolls to nothing', () => {
  const { rolls, others, ...rest } = told(read('deletion'));
  assert.deepEqual(rolls, [['data-services', letters('b'), '']]);
  assert.ok(others!.every(other => (other as string[])[0] === 'delete'));
  assert.deepEqual(rest, {});
});

test('a replacement is one change with the property that causes it', () => {
  assert.deepEqual(told(read('replacement')), { others: [['replace', 'ConfigMap', 'note', 'metadata.name']] });
});

test('a secret that changes is named by its path, and its value is nowhere', () => {
  const report = read('secret');
  assert.deepEqual(told(report), { others: [['update', 'Secret', 'token', 'data.token']] });
  assert.ok(!/4711|0815|d2ViaG9vay/.test(JSON.stringify(report)));
});

test('a warning of the program is a note, and no fault', () => {
  assert.deepEqual(told(read('warning')), { notes: ['this preview takes digests from locks/test.yaml'] });
});

test('a fault of the program is shown once, without the secret that its message had', () => {
  assert.deepEqual(told(read('fault-program')), { faults: [{ message: 'a program says what it has: [secret]' }] });
});

test('a fault of a resource is shown once, with its name', () => {
  const { faults } = read('fault-resource');
  assert.equal(faults.length, 1, JSON.stringify(faults));
  assert.equal(faults[0]!.resource, 'base-cpu');
  assert.match(faults[0]!.message, /repository name must be lowercase$/);
});

test('drift names what differs: a workload that is gone, a value by hand, a workload that is not healthy', () => {
  const gone = read('drift-gone');
  assert.deepEqual(told(gone), { rolls: [['data-services', '', letters('b')]] });
  assert.equal(gone.rolls[0]!.gone, true);
  assert.deepEqual(told(read('drift-changed')), { others: [['update', 'ConfigMap', 'note', 'data.note']] });
  const { others } = read('drift-unhealthy');
  assert.deepEqual(
    others.map(({ name, unhealthy }) => [name, unhealthy]),
    [['data-services-deployment', 'Minimum number of Pods to consider the application live was not attained']],
  );
});

// What the engine says where a provider ends: one message for each of its resources, and a last word.
test('a fault that many resources have is shown once, and the last word of a failed preview says no more', () => {
  const fault = (message: string, urn?: string) => ({
    sequence: 1,
    diagnosticEvent: { message, urn, severity: 'error' as const },
  });
  const urn = (name: string) => `urn:pulumi:test::slipway::kubernetes:core/v1:ConfigMap::${name}`;
  const ended = 'Preview failed: error reading from server: EOF\n';
  const events = [fault(ended, urn('a')), fault(ended, urn('b')), fault('preview failed\n')];
  assert.deepEqual(told(reportOf('test', events)), { faults: [{ message: ended.trim(), resource: 'a' }] });
  assert.deepEqual(told(reportOf('test', [fault('preview failed\n')])), { faults: [{ message: 'preview failed' }] });
});

// The form is that of Pulumi's apitype: no policy pack can be run by this tool chain.
test('a mandatory policy is a fault, an advisory one a note', () => {
  const policy = (enforcementLevel: string) => ({
    sequence: 1,
    policyEvent: {
      resourceUrn: 'urn:pulumi:test::slipway::kubernetes:core/v1:ConfigMap::note',
      message: '<{%reset%}>no digest<{%reset%}>\n',
      policyName: 'pinned',
      policyPackName: 'slipway',
      enforcementLevel,
    },
  });
  assert.deepEqual(told(reportOf('test', [policy('mandatory')])), {
    faults: [{ message: 'policy slipway/pinned: no digest', resource: 'note' }],
  });
  assert.deepEqual(told(reportOf('test', [policy('advisory')])), { notes: ['policy slipway/pinned: no digest'] });
});

test('slipway preview reads recorded events, prints them, and fails on faults alone', async () => {
  const rolled = await preview('test', { events: file('roll') });
  assert.match(rolled.text, /^test: 1 service rolls\n/);
  assert.deepEqual(rolled.failures, []);
  const faulty = await preview('test', { events: file('fault-program') });
  assert.deepEqual(faulty.failures, ['the preview of test has faults, see above']);
});

test('events that break off are a fault', async () => {
  const { text, failures } = await preview('test', { events: '/dev/null' });
  assert.match(text, /the events end before the engine's summary; expected a whole preview, run it again/);
  assert.equal(failures.length, 1);
});

test('the page on pull requests shows what the recorded preview prints', async () => {
  const { text } = await preview('test', { events: file('review'), markdown: true });
  const [, example = ''] =
    /<!-- example -->\n([\s\S]*)<!-- \/example -->/.exec(readFileSync('docs/pull-requests.md', 'utf8')) ?? [];
  assert.equal(example, quoted(text));
});

/** Markdown as a page shows it, without the plan that no reader sees. */
function quoted(markdown: string): string {
  const [visible = ''] = markdown.split('<!-- slipway plan');
  return `\n${visible.trimEnd().replace(/^/gm, '> ').replace(/ +$/gm, '')}\n\n`;
}
