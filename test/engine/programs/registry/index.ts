// The registry against the Kubernetes provider that writes files in place of a cluster; its volume by configuration.
import k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Registry } from '../../../../components/registry.ts';
import '../../../../components/stack-traces.ts';

export default async function program() {
  const config = new pulumi.Config();
  const provider = new k8s.Provider('files', { renderYamlToDirectory: config.require('folder') });
  if (config.get('declared') === 'false') return;
  new Registry(
    'registry',
    {
      namespace: config.get('namespace') ?? 'registry',
      service: 'internal-registry',
      image: `docker.io/library/registry:3.1.2@sha256:${'d'.repeat(64)}`,
      clusterIP: '10.34.0.202',
      storage: config.requireObject('storage'),
      tls: { certificate: 'certificate', key: 'key' },
      htpasswd: 'joe:$2y$05$hash',
      insideAuth: 'open',
      allowFrom: [],
    },
    { provider },
  );
}
