import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences, type Plan, parsePlans, planOf, printPlan } from '../../../../commands/preview/plan.ts';
import { report, roll } from './reports.ts';

const plan = (changes: Partial<Plan> = {}): Plan => ({
  stack: 'prod',
  digests: 'lock',
  rolls: {},
  rebuilds: {},
  ...changes,
});
const [one, two] = ['1'.repeat(16), '2'.repeat(16)];

test('a plan survives its comment, among whatever else is written there', () => {
  const plans = [plan({ head: 'f'.repeat(40), rolls: { 'ai-services': one } }), plan({ stack: 'dev' })];
  const text = plans.map(item => `words\r\n${printPlan(item)}\nmore <!-- slipway plan ? -->`).join('\n');
  assert.deepEqual(parsePlans(text), plans);
  assert.deepEqual(parsePlans('<!-- slipway plan bm9uZQ== --><!-- slipway plan e30= -->'), []);
});

test('a plan has the image that each service gets, and what each rebuild is made from', () => {
  const made = planOf(
    report({
      rolls: [roll('ai-services', 'a', 'b'), { service: 'old-services', from: roll('x', 'a', 'b').from }],
      rebuilds: [{ image: 'cerebral/ai-base:cpu', reasons: [], dependents: [], inputs: one }],
    }),
    'f'.repeat(40),
  );
  assert.deepEqual(made, {
    stack: 'prod',
    digests: 'lock',
    head: 'f'.repeat(40),
    rolls: { 'ai-services': 'b'.repeat(16), 'old-services': 'gone' },
    rebuilds: { 'cerebral/ai-base:cpu': one },
  });
});

test('what was reviewed, by one pull request or several, is no difference, nor is what is done already', () => {
  const reviewed = [plan({ rolls: { a: one } }), plan({ rolls: { b: two, c: one }, rebuilds: { base: one } })];
  assert.deepEqual(differences(reviewed, plan({ rolls: { a: one, b: two }, rebuilds: { base: one } })), []);
});

test('another digest, another build and what nobody has seen are named', () => {
  const reviewed = [
    plan({ rolls: { a: one, gone: one }, rebuilds: { base: one } }),
    plan({ stack: 'dev', rolls: { b: two } }),
  ];
  const now = plan({ rolls: { a: two, b: two, gone: 'gone' }, rebuilds: { base: two, step: one } });
  assert.deepEqual(differences(reviewed, now), [
    'a: it would roll to 222222222222; reviewed was 111111111111',
    'b: it would roll to 222222222222; no review of prod has it',
    'gone: its workload goes; reviewed was 111111111111',
    'base: it would be rebuilt; reviewed was its rebuild from other files or arguments',
    'step: it would be rebuilt; no review of prod has it',
  ]);
});

test('a stack that tracks is held to its rebuilds alone: what its pipeline makes live no review decides', () => {
  const now = plan({ digests: 'track', rolls: { a: two }, rebuilds: { base: two } });
  assert.deepEqual(differences([], now), ['base: it would be rebuilt; no review of prod has it']);
});
