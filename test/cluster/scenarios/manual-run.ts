// Seed 000's manual run, with its parameters to the letter.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOfRun, reason, result, succeeded } from '../../../sandbox/first-push/runs.ts';
import { type Fixture, scratch } from '../support/fixture.ts';
import { deployedImage, digestIn } from '../support/service.ts';

export const seedParameters: Record<string, string> = {
  'repo-url': 'https://github.com/baerautotech/cerebral',
  'image-name': 'cerebral/ai-services',
  'deployment-name': 'ai-services',
  'deployment-namespace': 'cerebral-platform',
  dockerfile: 'microservices/ai-services/Dockerfile',
  'build-context': './microservices/ai-services/',
  'repo-branch': 'main',
  'image-tag': 'main',
  'registry-url': '10.34.0.202:5000',
};

/** The same for another service of the repository. */
export const seedParametersOf = (service: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(seedParameters).map(([name, value]) => [name, value.replaceAll('ai-services', service)]),
  );

/** Creates a run by kubectl, nothing given but parameters. Gives its name. */
export async function createRun(fixture: Fixture, parameters: Record<string, string>): Promise<string> {
  const run = {
    apiVersion: 'tekton.dev/v1',
    kind: 'PipelineRun',
    metadata: { generateName: 'cerebral-ai-services-retry-', namespace: 'tekton-pipelines' },
    spec: {
      pipelineRef: { name: 'cerebral-microservice-pipeline' },
      params: Object.entries(parameters).map(([name, value]) => ({ name, value })),
    },
  };
  const file = await scratch(fixture, 'manual-run.json', JSON.stringify(run));
  const created = await fixture.kube(['create', '--filename', file, '--output', 'name']);
  return created.trim().split('/').pop()!;
}

export function manualRun(fixture: () => Fixture): void {
  test('a hand-made run with the parameters of the teams’ own document builds and rolls out (C8)', async () => {
    const f = fixture();
    const run = await endOfRun(f.kube, await createRun(f, seedParameters));
    assert.equal(succeeded(run), true, reason(run));
    assert.equal(digestIn(await deployedImage(f)), result(run, 'digest'));
  });
}
