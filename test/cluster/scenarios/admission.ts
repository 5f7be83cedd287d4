// Every rendered manifest against the real API server and Tekton's admission: strict, nothing refused, nothing dropped.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { checkout } from '../../../sandbox/checkout.ts';
import { execute, type Fixture } from '../support/fixture.ts';

type Json = null | string | number | boolean | Json[] | { [key: string]: Json };

/** Paths of fields that were sent and did not come back. */
export function dropped(sent: Json, got: Json | undefined, path = ''): string[] {
  if (Array.isArray(sent))
    return sent.flatMap((item, i) => dropped(item, Array.isArray(got) ? got[i] : undefined, `${path}[${i}]`));
  if (sent !== null && typeof sent === 'object') {
    const object = got !== null && typeof got === 'object' && !Array.isArray(got) ? got : {};
    return Object.entries(sent).flatMap(([key, value]) =>
      isEmpty(value) ? [] : dropped(value, object[key], `${path}.${key}`),
    );
  }
  return got === undefined ? [path] : [];
}

const isEmpty = (value: Json) => value === null || (typeof value === 'object' && Object.keys(value).length === 0);

export function admission(fixture: () => Fixture): void {
  test('the rendered manifests pass a strict server-side dry run: nothing is refused, nothing is dropped', async () => {
    const f = fixture();
    const rendered = await execute(
      'npm',
      ['run', '--silent', 'render', '--', 'local', '--locks', 'test/fixtures/locks'],
      { cwd: checkout, env: f.env },
    );
    assert.equal(rendered.status, 0, rendered.output);
    const documents = parseAllDocuments(rendered.output).map(document => document.toJS() as { [key: string]: Json });
    assert.ok(documents.length > 20, `${documents.length} documents`);
    const faults: string[] = [];
    for (const document of documents) {
      const { kind, metadata } = document as unknown as { kind: string; metadata: { name: string } };
      const args = [
        'apply',
        '--server-side',
        '--dry-run=server',
        '--validate=strict',
        '--force-conflicts',
        '--field-manager=slipway-test',
      ];
      try {
        const answer = JSON.parse(await f.kube([...args, '--output=json', '--filename=-'], JSON.stringify(document)));
        // A Secret's stringData is write-only.
        const { stringData: _, ...readable } = document;
        faults.push(...dropped(readable, answer).map(path => `${kind} ${metadata.name}: ${path} was dropped`));
      } catch (error) {
        faults.push(`${kind} ${metadata.name}: ${(error as Error).message}`);
      }
    }
    assert.deepEqual(faults, []);
  });
}
