// CyberMesh: a consensus backend and an AI detector, on a registry outside of the cluster.
//
// Dockerfiles, ports, health paths, users, variables, mounts and the Secrets' names and keys are the teams' own, but for
// backend-signing-keys. That and the replicas, resources and the variables of the backend are a choice: their documents
// say "all of it from a ConfigMap". So are the budgets: some room above the 80 and 480 MB of their table.
import { ownUserExceptions, serviceExceptions } from './service-exceptions.ts';
import type { StackBuiltSystem } from './types.ts';

export const cybermesh: StackBuiltSystem = {
  name: 'cybermesh',
  builtBy: 'stack',
  namespace: 'cybermesh',
  tag: 'main',
  platforms: ['linux/amd64', 'linux/arm64'],
  services: [
    {
      name: 'backend',
      image: 'cybermesh/backend',
      dockerfile: 'docker/backend/Dockerfile',
      context: 'docker/backend',
      port: 9441,
      metrics: 9100,
      health: '/api/v1/health',
      stateful: { peers: 'PEERS', name: 'NODE_ID' },
      replicas: 3,
      budgetMB: 100,
      resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '512Mi' } },
      user: 1000,
      env: { LOG_LEVEL: 'info' },
      required: ['ENVIRONMENT', 'DATABASE_HOST', 'DATABASE_PORT', 'KAFKA_BOOTSTRAP_SERVERS'],
      secretEnv: { SIGNING_KEY_CONTENT: { secret: 'backend-signing-keys', key: 'signing_key_pem' } },
      secretFiles: { '/app/certs/root.crt': { secret: 'cockroachdb-root-cert', key: 'root.crt' } },
      writable: ['/app/logs'],
      reaches: ['database', 'kafka', 'peers'],
    },
    {
      name: 'ai-service',
      image: 'cybermesh/ai-service',
      dockerfile: 'docker/ai-service/Dockerfile',
      context: '.',
      port: 8000,
      metrics: 10000,
      health: '/health',
      replicas: 1,
      budgetMB: 600,
      resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '2Gi' } },
      user: 1001,
      env: {},
      required: [
        'NODE_ID',
        'ENVIRONMENT',
        'KAFKA_BOOTSTRAP_SERVERS',
        'REDIS_HOST',
        'REDIS_PORT',
        'ED25519_SIGNING_KEY_ID',
        'ED25519_DOMAIN_SEPARATION',
      ],
      secretEnv: { AI_SIGNING_KEY_CONTENT: { secret: 'ai-service-secret', key: 'signing_key_pem' } },
      writable: ['/app/data', '/app/logs'],
      data: { models: '/app/data/models', datasets: '/app/data/datasets' },
      reaches: ['redis', 'kafka', 'objects'],
    },
  ],
  exceptions: [...serviceExceptions('cybermesh', { stateful: true }), ...ownUserExceptions('cybermesh')],
};
