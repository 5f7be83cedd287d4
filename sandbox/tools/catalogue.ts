// The programs that the sandbox needs, in the order in which a start needs them, and how each is had. Versions are raised
// here and in the module folder of the same name; README.md says how.

import type { GoArchitecture, Machine, Tool } from './tool.ts';

const pulumiOnMachine: Machine = {
  ask: ['pulumi', 'version'],
  range: '>=3.237.0 <4',
  beside: ['pulumi', 'pulumi-language-nodejs'],
};
const buildkitVersion = { 'github.com/moby/buildkit/version.Version': 'v0.25.2' };
const kubernetesVersion = 'k8s.io/component-base/version';
const kubernetesProvider = 'github.com/pulumi/pulumi-kubernetes/provider/v4';
const dockerBuildProvider = 'github.com/pulumi/pulumi-docker-build/provider';
const pipelines = 'github.com/tektoncd/pipeline/cmd';

/** The catalogue for a machine of architecture `arch`; images need buildctl for the other one, too. */
export function catalogue(arch: GoArchitecture): Tool[] {
  const other = arch === 'amd64' ? 'arm64' : 'amd64';
  return [
    {
      name: 'node',
      version: '22',
      source: { how: 'npm', files: { node: 'node/bin/node' } },
      onPath: true,
    },
    {
      name: 'emulate',
      version: '1',
      cpuSeconds: 2,
      source: { how: 'go', module: 'emulate', arch, packages: { emulate: '.' } },
    },
    {
      name: 'pause',
      version: '1',
      cpuSeconds: 2,
      source: { how: 'go', module: 'pause', arch, packages: { pause: '.' } },
    },
    {
      name: 'buildkit',
      version: '0.25.2',
      cpuSeconds: 138,
      source: {
        how: 'go',
        module: 'buildkit',
        arch,
        packages: {
          buildkitd: 'github.com/moby/buildkit/cmd/buildkitd',
          buildctl: 'github.com/moby/buildkit/cmd/buildctl',
        },
        links: { [`buildctl-${arch}`]: 'buildctl' },
        variables: buildkitVersion,
      },
      onPath: true,
    },
    {
      name: 'kubernetes',
      version: '1.34.2',
      cpuSeconds: 740,
      source: {
        how: 'go',
        module: 'kubernetes',
        arch,
        packages: { kube: '.' },
        links: Object.fromEntries(
          ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet', 'kubectl'].map(
            name => [name, 'kube'],
          ),
        ),
        variables: {
          [`${kubernetesVersion}.gitVersion`]: 'v1.34.2',
          [`${kubernetesVersion}.gitMajor`]: '1',
          [`${kubernetesVersion}.gitMinor`]: '34',
          [`${kubernetesVersion}.gitTreeState`]: 'clean',
        },
      },
      onPath: true,
    },
    {
      name: 'registry',
      version: '3.1.2',
      cpuSeconds: 69,
      source: { how: 'go', module: 'registry', arch, packages: { registry: '.' } },
    },
    {
      name: 's3',
      version: '0.0.12',
      cpuSeconds: 43,
      source: { how: 'go', module: 's3', arch, packages: { s3: '.' } },
      asked: true,
    },
    {
      name: 'coredns',
      version: '1.12.4',
      cpuSeconds: 130,
      source: { how: 'go', module: 'coredns', arch, packages: { coredns: '.' } },
    },
    {
      name: 'tekton-pipelines',
      version: '1.6.0',
      cpuSeconds: 314,
      source: {
        how: 'go',
        module: 'tekton-pipelines',
        arch,
        packages: programs('tekton-pipelines', pipelines, [
          'controller',
          'webhook',
          'entrypoint',
          'nop',
          'workingdirinit',
          'sidecarlogresults',
        ]),
      },
    },
    {
      name: `buildctl-${other}`,
      version: '0.25.2',
      cpuSeconds: 98,
      source: {
        how: 'go',
        module: 'buildkit',
        arch: other,
        packages: { [`buildctl-${other}`]: 'github.com/moby/buildkit/cmd/buildctl' },
        variables: buildkitVersion,
      },
    },
    {
      name: 'kaniko',
      version: '1.25.0',
      cpuSeconds: 250,
      source: {
        how: 'go',
        module: 'kaniko',
        arch,
        packages: { 'kaniko-executor': 'github.com/chainguard-dev/kaniko/cmd/executor' },
        variables: { 'github.com/chainguard-dev/kaniko/pkg/version.version': 'v1.25.0' },
      },
    },
    {
      name: 'pulumi',
      version: '3.250.0',
      cpuSeconds: 411,
      source: {
        how: 'go',
        module: 'pulumi',
        arch,
        packages: { pulumi: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi' },
        variables: { 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version': 'v3.250.0' },
      },
      machine: pulumiOnMachine,
      onPath: true,
    },
    {
      name: 'pulumi-language-nodejs',
      version: '3.68.0',
      cpuSeconds: 50,
      source: {
        how: 'go',
        module: 'pulumi-language-nodejs',
        arch,
        packages: {
          'pulumi-language-nodejs': 'github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs',
        },
        variables: { 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version': 'v3.68.0' },
      },
      machine: pulumiOnMachine,
    },
    {
      name: 'pulumi-docker-build',
      version: '0.0.22',
      cpuSeconds: 226,
      source: {
        how: 'go',
        module: 'pulumi-docker-build',
        arch,
        packages: { 'pulumi-resource-docker-build': `${dockerBuildProvider}/cmd/pulumi-resource-docker-build` },
        variables: { [`${dockerBuildProvider}.Version`]: '0.0.22' },
      },
      machine: { plugin: 'resource-docker-build-v0.0.22' },
    },
    {
      name: 'pulumi-kubernetes',
      version: '4.25.0',
      cpuSeconds: 836,
      source: {
        how: 'go',
        module: 'pulumi-kubernetes',
        arch,
        packages: { 'pulumi-resource-kubernetes': '.' },
        variables: { [`${kubernetesProvider}/pkg/version.Version`]: '4.25.0' },
        embeds: [
          {
            module: kubernetesProvider,
            file: 'cmd/pulumi-resource-kubernetes/schema.json',
            as: 'schema-embed.json',
            set: { version: '4.25.0' },
          },
          {
            module: kubernetesProvider,
            file: 'cmd/pulumi-resource-kubernetes/terraform-mapping.json',
            as: 'terraform-mapping-embed.json',
            set: {},
          },
        ],
      },
      machine: { plugin: 'resource-kubernetes-v4.25.0' },
    },
  ];
}

/** Names that tell whose controller and whose webhook a program is. */
function programs(prefix: string, folder: string, names: string[]): Record<string, string> {
  return Object.fromEntries(names.map(name => [`${prefix}-${name}`, `${folder}/${name}`]));
}
