// A stack in small, of the stack's own components: a base, two services on it, a plain object and a secret one. What
// differs from preview to preview comes from its configuration.
import k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { buildProvider } from '../../../../components/build-provider.ts';
import { clusterProvider } from '../../../../components/cluster.ts';
import { Dependents } from '../../../../components/dependents.ts';
import { Image } from '../../../../components/image.ts';
import { Service } from '../../../../components/service.ts';
import '../../../../components/stack-traces.ts';
import { inOneLine } from '../../../../program/errors.ts';

const namespace = 'cerebral-platform';
interface Choices {
  /** Address of the registry outside. */
  registry: string;
  /** Image by service. */
  images: Record<string, string>;
  buildArgs: Record<string, string>;
  python: string;
  repository: string;
  note: string;
  noteName: string;
  warning?: string;
}

export default () =>
  inOneLine(async () => {
    const config = new pulumi.Config();
    const choices = config.requireObject<Choices>('choices');
    const secret = config.requireSecret('webhookSecret');
    if (config.getBoolean('fault')) throw new Error(`a program says what it has: ${config.require('webhookSecret')}`);
    if (choices.warning) await pulumi.log.warn(choices.warning);

    const registry = { name: '10.34.0.202:5000', aliases: [], url: choices.registry };
    const onCluster = { provider: clusterProvider('cluster', 'uid-of-the-cluster') };
    const base = new Image(
      'base-cpu',
      {
        repository: choices.repository,
        tag: 'cpu',
        registry,
        platforms: ['linux/amd64', 'linux/arm64'],
        dockerfile: 'base/Dockerfile',
        context: 'base',
        buildArgs: choices.buildArgs,
        builder: 'slipway-test',
        upstream: reference => `${reference}@${choices.python}`,
      },
      { provider: buildProvider() },
    );
    const services = Object.entries(choices.images).map(([name, image]) => {
      const entry = {
        name,
        namespace,
        image,
        port: 8000,
        health: '/health',
        replicas: 1,
        resources: { requests: { cpu: '50m', memory: '128Mi' } },
        env: { LOG_LEVEL: 'info' },
        rolloutTimeout: 60,
      };
      return new Service(name, entry, onCluster);
    });
    new k8s.core.v1.ConfigMap(
      'note',
      { metadata: { name: choices.noteName, namespace }, data: { note: choices.note } },
      onCluster,
    );
    new k8s.core.v1.Secret(
      'token',
      { metadata: { name: 'token', namespace }, stringData: { token: secret } },
      onCluster,
    );
    new Dependents(
      'dependents',
      {
        context: 'cluster',
        pipeline: 'cerebral-microservice-pipeline',
        system: 'cerebral',
        namespace,
        source: { fullName: 'baerautotech/cerebral', url: 'https://github.com/baerautotech/cerebral', branch: 'main' },
        registry,
        services: Object.keys(choices.images).map(name => ({
          name,
          image: `cerebral/${name}`,
          dockerfile: `microservices/${name}/Dockerfile`,
          context: `./microservices/${name}/`,
          changes: [`microservices/${name}/`],
          baseName: `${choices.repository}:cpu`,
          base: base.digest,
        })),
      },
      { dependsOn: services },
    );
    return { reference: base.reference };
  });
