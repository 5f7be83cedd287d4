// The doctor looks for what the program declares, and its page in the docs says what it looks for.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { checksOf } from '../../../commands/doctor/checks.ts';
import { examine } from '../../../commands/doctor/examine.ts';
import { groups } from '../../../commands/doctor/finding.ts';
import { readSettings } from '../../../settings/settings.ts';
import { stackValues } from '../settings/stack-files.ts';
import { at, healthyStack, services } from './support/stack.ts';

interface Declared {
  kind: string;
  metadata: { name: string; namespace?: string };
}

const paths: Record<string, (namespace: string, name: string) => string> = {
  Deployment: at.deployment,
  Service: (namespace, name) => at.core(namespace, 'services', name),
  Secret: (namespace, name) => at.core(namespace, 'secrets', name),
  ServiceAccount: (namespace, name) => at.core(namespace, 'serviceaccounts', name),
  PersistentVolumeClaim: (namespace, name) => at.core(namespace, 'persistentvolumeclaims', name),
  Task: (_, name) => at.tekton('tasks', name),
  Pipeline: (_, name) => at.tekton('pipelines', name),
};

test('what the doctor looks for in the cluster is declared under these names, and every Deployment is looked for', async t => {
  const declared = parseAllDocuments(readFileSync('test/golden/local.yaml', 'utf8')).map(
    document => document.toJS() as Declared,
  );
  const known = declared.flatMap(({ kind, metadata }) => paths[kind]?.(metadata.namespace ?? '', metadata.name) ?? []);
  const stack = await healthyStack(t);
  const context = await stack.context();
  await examine(context, checksOf(context.settings));
  const asked = new Set(stack.api.requests.map(({ path }) => path));
  const own = /^\/apis?\/(apps\/|tekton\.dev\/)?v1\/namespaces\/[^/]+\/[^/]+\/[^/:]+$/;
  // Tekton's own objects are nobody's of the stack.
  const strange = [...asked].filter(
    path => own.test(path) && !known.includes(path) && !/tekton-pipelines-|feature-flags/.test(path),
  );
  assert.deepEqual(strange, []);
  const deployments = declared.filter(
    ({ kind, metadata }) => kind === 'Deployment' && !services.includes(metadata.name),
  );
  assert.ok(deployments.length >= 4);
  for (const { metadata } of deployments) {
    assert.ok(asked.has(at.deployment(metadata.namespace!, metadata.name)), `${metadata.name} is not looked for`);
  }
});

test('docs/doctor.md lists every check, and answers the teams’ checklists by checks that there are', async () => {
  const names = new Set<string>();
  const stacks = [
    ...['buildkit', 'kaniko'].map(builder => ['local', { serviceBuilds: { builder } }] as const),
    ['cybermesh-dev', {}] as const,
  ];
  for (const [stack, changes] of stacks) {
    const settings = readSettings(stack, await stackValues(stack, changes));
    for (const { group, name } of checksOf(settings, { trying: true })) names.add(`${group} ${name}`);
  }
  const text = readFileSync('docs/doctor.md', 'utf8');
  const table = text.slice(text.indexOf('### What is asked'), text.indexOf('**A try.**'));
  const listed = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name!);
  assert.deepEqual(listed.sort(), [...names].sort());
  const mentioned = [...text.matchAll(/`([a-z]+) ([a-z ]+)`/g)].filter(([, group]) =>
    groups.some(one => one === group),
  );
  assert.ok(mentioned.length > 50);
  for (const [, group, name] of mentioned)
    assert.ok(names.has(`${group} ${name}`), `there is no check ${group} ${name}`);
});
