// The provider of image builds, the same on every machine.
import dockerBuild from '@pulumi/docker-build';

/**
 * Pulumi's own default would take $DOCKER_HOST into the stack's state, and on a machine with another one every image
 * would be replaced. The builder is named by each image; where it listens is the machine's affair.
 */
export function buildProvider(): dockerBuild.Provider {
  return new dockerBuild.Provider('builds', { host: '' });
}
