// The images that a stack builds in its own `up`: what all of them have in common, and those of its services.
import * as pulumi from '@pulumi/pulumi';
import { buildProvider } from '../components/build-provider.ts';
import { Image, type ImageArgs } from '../components/image.ts';
import type { Endpoint } from '../images/endpoints.ts';
import { stepImage as stepImageName } from '../settings/lock-images.ts';
import { repositoryIn, type Settings } from '../settings/settings.ts';
import { mirrored } from '../settings/upstream.ts';
import { secretsOf } from './builder.ts';

/** Declares an image in the stack's registry. */
export type ImageBuilder = (
  name: string,
  args: Pick<ImageArgs, 'repository' | 'tag' | 'dockerfile' | 'context' | 'buildArgs'>,
) => Image;

/** `registry`: as this machine reaches it; `after`: what images wait for. */
export function imageBuilder(
  settings: Settings,
  registry: Endpoint,
  upstream: (reference: string) => pulumi.Input<string>,
  after: pulumi.Resource[],
): ImageBuilder {
  const provider = buildProvider();
  return (name, args) =>
    new Image(
      name,
      {
        ...args,
        registry,
        platforms: settings.platforms,
        builder: settings.builder,
        secrets: secretsOf(settings),
        ...(settings.scan && { scan: settings.scan }),
        upstream: reference => pulumi.output(upstream(reference)).apply(pin => mirrored(pin, settings.mirror)),
      },
      { provider, dependsOn: after },
    );
}

/** The image of the pipeline's steps, and of the init containers that fetch data. */
export function stepImage({ registry }: Settings, image: ImageBuilder): Image {
  const repository = repositoryIn(registry, stepImageName.repository);
  return image('step', { ...stepImageName, repository, dockerfile: 'docker/step/Dockerfile', context: '.' });
}

/** Those of the services, by the service's name. */
export function serviceImages({ services, tag, buildArgs }: Settings, image: ImageBuilder): Map<string, Image> {
  return new Map(
    services.map(({ name, image: repository, dockerfile, context }) => [
      name,
      image(`image-${name}`, { repository, tag, dockerfile, context, buildArgs: buildArgs[name] }),
    ]),
  );
}
