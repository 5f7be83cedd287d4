// Cerebral: ML microservices on one shared base image, in a variant with CUDA and one without.
//
// Names, Dockerfiles, contexts, repositories and sizes are the teams' own. Ports, health paths, replicas, resources, the
// folder of shared files and whose layers are kept are nowhere in their documents: they are chosen here (what `uvicorn
// main:app` listens on, one replica, requests that fit a small node), to be changed here once the teams say otherwise.
import { serviceExceptions } from './service-exceptions.ts';
import type { PipelineServiceEntry, PipelineSystem } from './types.ts';

const names = [
  'ai-services',
  'bmad-services',
  'data-services',
  'knowledge-services',
  'integration-services',
  'monitoring-services',
  'realtime-services',
  'workflow-services',
  'security-services',
  'storage-services',
  'notification-services',
  'testing-services',
];

/** Those whose builds keep their layers in the registry: one, until the teams say which of theirs take long. */
const cached = ['knowledge-services'];

/** Files that all services share. */
const shared = ['microservices/shared/'];

function service(name: string): PipelineServiceEntry {
  return {
    name,
    image: `cerebral/${name}`,
    dockerfile: `microservices/${name}/Dockerfile`,
    context: `./microservices/${name}/`,
    changes: [`microservices/${name}/`, ...shared],
    cache: cached.includes(name),
    port: 8000,
    health: '/health',
    replicas: 1,
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '2Gi' } },
    env: { LOG_LEVEL: 'info', SERVICE_NAME: name },
  };
}

export const cerebral: PipelineSystem = {
  name: 'cerebral',
  builtBy: 'pipeline',
  namespace: 'cerebral-platform',
  pipeline: 'cerebral-microservice-pipeline',
  baseRepository: 'cerebral/ai-base',
  base: 'cuda',
  platforms: ['linux/amd64', 'linux/arm64'],
  repository: {
    fullName: 'baerautotech/cerebral',
    url: 'https://github.com/baerautotech/cerebral',
    branch: 'main',
  },
  bases: [
    { tag: 'cuda', dockerfile: 'docker/Dockerfile.ai-base.cuda', context: '.', budgetMB: 7500 },
    { tag: 'cpu', dockerfile: 'docker/Dockerfile.ai-base.cpu', context: '.', budgetMB: 2800 },
  ],
  services: names.map(service),
  exceptions: [
    ...serviceExceptions('cerebral-platform'),
    ...['kube-score/service-targets-pod', 'kube-score/networkpolicy-targets-pod'].map(rule => ({
      rule,
      resource: `${rule.includes('policy') ? 'NetworkPolicy' : 'Service'} cerebral-platform/*`,
      reason:
        'A service that waits for its first image is declared without its workload: its address and its policy are there ' +
        'before its pods.',
    })),
  ],
};
