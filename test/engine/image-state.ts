// The state of a stack that built an image from another context than the one that lies there now.
const built = `sha256:${'d'.repeat(64)}`;

/** A deployment for `pulumi stack import`, with one Image component called `name` in it. */
export function imageState(project: string, stack: string, name: string) {
  const urn = (type: string, resource: string) => `urn:pulumi:${stack}::${project}::${type}::${resource}`;
  const component = 'slipway:image:Image';
  const parent = urn(component, name);
  const root = urn('pulumi:pulumi:Stack', `${project}-${stack}`);
  const provider = (plugin: string, version: string, settings: object = {}) => ({
    urn: urn(`pulumi:providers:${plugin}`, `default_${version.replaceAll('.', '_')}`),
    custom: true,
    id: `00000000-0000-4000-8000-0000000000${plugin === 'command' ? '01' : '02'}`,
    type: `pulumi:providers:${plugin}`,
    inputs: { version, ...settings },
    outputs: { version, ...settings },
  });
  const docker = provider('docker-build', '0.0.22', {
    '__pulumi-go-provider-infer': true,
    '__pulumi-go-provider-version': 'v1.3.2',
    host: '',
  });
  const command = provider('command', '1.2.1');
  const imageInputs = {
    buildArgs: { SOURCE_DATE_EPOCH: '315532800' },
    buildOnPreview: false,
    builder: { name: 'slipway-test' },
    context: {
      location: '.',
      named: {
        'python:3.11-slim': { location: `docker-image://docker.io/library/python:3.11-slim@sha256:${'e'.repeat(64)}` },
      },
    },
    dockerfile: { location: 'Dockerfile' },
    exports: [{ raw: 'type=image,oci-mediatypes=true,push=true,rewrite-timestamp=true' }],
    platforms: ['linux/amd64', 'linux/arm64'],
    push: false,
    tags: ['127.0.0.1:15000/cerebral/ai-base:cpu'],
  };
  const commandInputs = {
    create: `node_modules/.bin/node commands/slipway.ts verify 10.34.0.202:5000/cerebral/ai-base:cpu@${built} --platforms linux/amd64,linux/arm64`,
    environment: { SLIPWAY_ENDPOINTS: '10.34.0.202:5000=https://127.0.0.1:15000' },
    triggers: [built, 'linux/amd64', 'linux/arm64'],
  };
  const reference = `10.34.0.202:5000/cerebral/ai-base:cpu@${built}`;
  return {
    version: 3,
    deployment: {
      manifest: { time: '2026-01-01T00:00:00Z', magic: '', version: '' },
      secrets_providers: { type: '' },
      resources: [
        { urn: root, custom: false, type: 'pulumi:pulumi:Stack', outputs: { digest: built, reference } },
        { urn: parent, custom: false, type: component, parent: root, outputs: { digest: built, reference } },
        docker,
        command,
        {
          urn: urn(`${component}$docker-build:index:Image`, name),
          custom: true,
          id: built,
          type: 'docker-build:index:Image',
          inputs: imageInputs,
          outputs: {
            ...imageInputs,
            contextHash: 'of another context',
            digest: built,
            ref: `127.0.0.1:15000/cerebral/ai-base:cpu@${built}`,
          },
          parent,
          provider: `${docker.urn}::${docker.id}`,
          retainOnDelete: true,
        },
        {
          urn: urn(`${component}$command:local:Command`, `${name}-verified`),
          custom: true,
          id: 'made',
          type: 'command:local:Command',
          inputs: commandInputs,
          outputs: { ...commandInputs, stdout: '{}', stderr: '' },
          parent,
          provider: `${command.urn}::${command.id}`,
          dependencies: [urn(`${component}$docker-build:index:Image`, name)],
        },
      ],
    },
  };
}
