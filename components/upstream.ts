// The images from outside that the components run; a stack's lock pins each of them.

/** CNCF distribution. */
export const registryImage = 'docker.io/library/registry:3.1.2';
/** BuildKit: the daemons, and the client in the step image. */
export const buildkitImage = 'docker.io/moby/buildkit:v0.25.2';
/** Kaniko's executor, where a stack chooses it. */
export const kanikoImage = 'cgr.dev/chainguard/kaniko:1.25.0';
