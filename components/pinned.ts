// The rule that no tag reaches a pod: an image is run by digest, or the component refuses to be built.
import * as pulumi from '@pulumi/pulumi';
import { parseReference } from '../images/reference.ts';

/**
 * `image`, once it is known to carry a digest. A plain value is checked at once; one that comes late is checked when
 * it comes, and nothing is declared with it before. `path`: the argument, for the message.
 */
export function pinned(path: string, image: pulumi.Input<string>): pulumi.Input<string> {
  if (typeof image === 'string') return checked(path, image);
  return pulumi.output(image).apply(value => checked(path, value));
}

function checked(path: string, image: string): string {
  if (parseReference(image).digest !== undefined) return image;
  throw new Error(
    `${path}: "${image}" names no digest, and a tag may mean another image tomorrow; expected registry/repository[:tag]@sha256:…`,
  );
}
