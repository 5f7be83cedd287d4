// Which images a stack's lock has, and under which keys.
import { emptyLock, type Lock, WAITING } from '../images/lock.ts';
import { hasPipeline, repositoryIn, type Settings } from './settings.ts';

/** The image of the pipeline's steps, in the stack's registry. */
export const stepImage = { repository: 'slipway/step', tag: 'main' } as const;

/** An image that a stack's own `up` builds; its key in the lock is `repository:tag`. That of a service is its repository. */
export interface BuiltImage {
  key: string;
  repository: string;
  tag: string;
}

/** The bases and the step image; none of a stack that builds nothing but its services. */
export function builtImages(settings: Settings): BuiltImage[] {
  if (!hasPipeline(settings)) return [];
  const step = { ...stepImage, repository: repositoryIn(settings.registry, stepImage.repository) };
  const images = [...settings.bases.map(({ repository, tag }) => ({ repository, tag })), step];
  return images.map(image => ({ ...image, key: `${image.repository}:${image.tag}` }));
}

/** The lock of a stack of which nothing is known yet. */
export function waitingLock(settings: Settings): Lock {
  const keys = [...settings.services.map(({ image }) => image), ...builtImages(settings).map(({ key }) => key)];
  return { ...emptyLock(), images: Object.fromEntries(keys.map(key => [key, WAITING])) };
}
