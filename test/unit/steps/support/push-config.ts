// The listener's configuration as the pipeline's component writes it.

export const PIPELINE = 'cerebral-microservice-pipeline';

export const pushedService = (name: string) => ({
  name,
  image: `cerebral/${name}`,
  dockerfile: `microservices/${name}/Dockerfile`,
  context: `./microservices/${name}/`,
  changes: [`microservices/${name}/`, 'libs/common/'],
});

export function pushConfigText(names: readonly string[], more: object = {}): string {
  const { branch = 'main' } = more as { branch?: string };
  return JSON.stringify({
    repository: 'baerautotech/cerebral',
    branch,
    bases: [],
    parallel: 4,
    keep: 20,
    run: {
      apiVersion: 'tekton.dev/v1',
      kind: 'PipelineRun',
      metadata: {
        generateName: 'cerebral-',
        namespace: 'tekton-pipelines',
        labels: { 'slipway.dev/queue': 'build' },
      },
      spec: {
        pipelineRef: { name: PIPELINE },
        status: 'PipelineRunPending',
        params: [{ name: 'repo-branch', value: branch }],
      },
    },
    services: names.map(pushedService),
    ...more,
  });
}
