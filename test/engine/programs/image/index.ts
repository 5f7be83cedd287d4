// One image of a stack, alone: what the engine and the provider make of it is seen in the outputs.
import { Image } from '../../../../components/image.ts';
import '../../../../components/stack-traces.ts';

export default async function program() {
  const { digest, reference } = new Image('base', {
    repository: 'cerebral/ai-base',
    tag: 'cpu',
    registry: { name: '10.34.0.202:5000', aliases: [], url: 'https://127.0.0.1:15000' },
    platforms: ['linux/amd64', 'linux/arm64'],
    dockerfile: 'Dockerfile',
    context: '.',
    builder: 'slipway-test',
    upstream: reference => `${reference}@sha256:${'e'.repeat(64)}`,
  });
  return { digest, reference };
}
