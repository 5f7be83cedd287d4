// The rendered stacks before other people's eyes: schemas of every kind, and two linters with the exceptions that the
// catalogue argues.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { exceptionsOf } from '../../policy/exceptions.ts';
import { excuses } from '../../policy/judge.ts';
import { catalogue as toolsOfSandbox } from '../../sandbox/tools/catalogue.ts';
import { findSystem, systemNames } from '../../systems/lookup.ts';
import { stacks } from '../golden/rendering.ts';
import { checkov, kubeconform, kubeScore, type LinterFinding } from './findings.ts';
import { type ManifestTools, manifestTools } from './tools.ts';

/** A stack is named for its system, but those of Cerebral. */
const systemOf = (stack: string) => systemNames.find(name => stack.startsWith(`${name}-`)) ?? 'cerebral';
const exceptionsFor = (stack: string) => exceptionsOf(findSystem(systemOf(stack)));
const golden = (stack: string) => `test/golden/${stack}.yaml`;

describe('manifests', () => {
  let tools: ManifestTools;
  const found: LinterFinding[] = [];
  before(async () => {
    tools = await manifestTools();
  });

  test('schemas and admission are of the Kubernetes that the sandbox runs', () => {
    const version = toolsOfSandbox('amd64').find(({ name }) => name === 'kubernetes')!.version;
    const pinned = readFileSync('test/manifests/modules/admit/go.mod', 'utf8');
    assert.match(pinned, new RegExp(`^\\s*k8s\\.io/kubernetes v${version.replaceAll('.', '\\.')}$`, 'm'));
  });

  for (const stack of stacks) {
    test(`each object of stack ${stack} fits the schema of its kind, Tekton's too, and has no field beside it`, async () => {
      assert.deepEqual(await kubeconform(tools, golden(stack)), { faults: [], valid: documents(stack) });
    });

    test(`stack ${stack} passes kube-score and checkov, but for what the catalogue argues`, async () => {
      const all = [...(await kubeScore(tools, golden(stack))), ...(await checkov(tools, golden(stack)))];
      found.push(...all);
      const open = all.filter(finding => !exceptionsFor(stack).some(exception => excuses(exception, finding)));
      assert.deepEqual(open, []);
    });
  }

  test('every exception from a rule of a linter is needed by a stack', () => {
    const argued = systemNames.flatMap(name => exceptionsOf(findSystem(name))).filter(({ rule }) => rule.includes('/'));
    assert.ok(found.length > 0);
    const needless = argued.filter(exception => !found.some(finding => excuses(exception, finding)));
    assert.deepEqual(needless, []);
  });

  test('a field that a kind does not have, a wrong type and an unknown kind are faults', async () => {
    const { faults } = await kubeconform(tools, 'test/manifests/faulty.yaml');
    const expected = [
      /^ConfigMap odd-field: .*'dta'/s,
      /^Service wrong-type: .*\/spec\/ports\/0\/port/s,
      /^Task odd-field: .*'resources'/s,
      /^Gadget unknown: .*could not find schema/s,
    ];
    assert.equal(faults.length, expected.length, faults.join('\n'));
    for (const [i, form] of expected.entries()) assert.match(faults[i]!, form);
  });
});

const documents = (stack: string) => parseAllDocuments(readFileSync(golden(stack), 'utf8')).length;
