// AI-stack: six services that a person builds from one repository, the same in each environment.
//
// Dockerfiles, images, registries and the variable that names one are the teams' own. Ports, health paths, namespace,
// resources and replicas are nowhere in their documents: they are chosen here. This checkout has a small sample in the
// repository's layout.
import { serviceExceptions } from './service-exceptions.ts';
import type { CommandBuiltSystem, ServiceEntry } from './types.ts';

interface Own extends Pick<ServiceEntry, 'name' | 'port'> {
  dockerfile?: string;
  env?: Record<string, string>;
}

function service({ name, port, dockerfile = `ai-stack/mcp-servers/${name}/Dockerfile`, env = {} }: Own): ServiceEntry {
  return {
    name,
    image: `ai-stack-${name}`,
    dockerfile,
    context: '.',
    port,
    health: '/health',
    replicas: 1,
    resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '512Mi' } },
    env: { LOG_LEVEL: 'info', ...env },
  };
}

export const aiStack: CommandBuiltSystem = {
  name: 'ai-stack',
  builtBy: 'command',
  namespace: 'ai-stack',
  tag: 'dev',
  source: 'samples/ai-stack',
  registry: 'localhost:5000',
  registryVariable: 'AI_STACK_REGISTRY',
  platforms: ['linux/amd64', 'linux/arm64'],
  services: [
    service({ name: 'aidb', port: 8091 }),
    service({
      name: 'hybrid-coordinator',
      port: 8092,
      env: { AIDB_URL: 'http://aidb', EMBEDDINGS_URL: 'http://embeddings' },
    }),
    service({ name: 'ralph-wiggum', port: 8093 }),
    service({ name: 'embeddings', port: 8094, dockerfile: 'ai-stack/mcp-servers/embeddings-service/Dockerfile' }),
    service({ name: 'nixos-docs', port: 8095 }),
    service({
      name: 'dashboard-api',
      port: 8096,
      dockerfile: 'dashboard/backend/Dockerfile',
      env: {
        AIDB_URL: 'http://aidb',
        HYBRID_COORDINATOR_URL: 'http://hybrid-coordinator',
        RALPH_WIGGUM_URL: 'http://ralph-wiggum',
        EMBEDDINGS_URL: 'http://embeddings',
        NIXOS_DOCS_URL: 'http://nixos-docs',
      },
    }),
  ],
  exceptions: serviceExceptions('ai-stack'),
};
