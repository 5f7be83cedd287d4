// One service against the Kubernetes provider that writes files in place of a cluster.
import k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Service } from '../../../../components/service.ts';
import '../../../../components/stack-traces.ts';

export default async function program() {
  const config = new pulumi.Config();
  const provider = new k8s.Provider('files', { renderYamlToDirectory: config.require('folder') });
  const service = new Service(
    'ai-services',
    {
      name: 'ai-services',
      namespace: 'cerebral-platform',
      image: config.get('image'),
      port: 8000,
      health: '/health',
      replicas: 2,
      resources: { requests: { cpu: '50m', memory: '128Mi' } },
      env: { LOG_LEVEL: 'info' },
      rolloutTimeout: 60,
    },
    { provider },
  );
  return { address: service.address };
}
