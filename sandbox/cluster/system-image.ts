// Where the sandbox's own programs are in its node images. What runs with an explicit command takes the one image that
// holds all of them; one is started by an image's own entrypoint and has a name of its own.

export interface SystemImages {
  /** Every program, at the paths below. Entrypoint: a process that waits, with which containerd holds a pod's namespaces. */
  system: string;
  /** Entrypoint: Tekton's nop, which takes the place of a sidecar that is to end. */
  nop: string;
}

/** Where CoreDNS is in the system image. */
export const COREDNS = '/usr/bin/coredns';

/** Where a program of Tekton is in the system image: its own code expects /ko-app. */
export const programPath = (program: string): string => `/ko-app/${program}`;

const REPOSITORIES: Record<keyof SystemImages, string> = {
  system: 'localhost/slipway/system',
  nop: 'localhost/slipway/nop',
};

/** Finds the system images among the names of the node's. @throws Error that names the missing one. */
export function systemImages(names: readonly string[]): SystemImages {
  const find = (repository: string) => {
    const name = names.find(name => name.startsWith(`${repository}@`) || name.startsWith(`${repository}:`));
    if (!name) throw new Error(`no node image is named ${repository}@…; there are: ${names.join(', ') || 'none'}`);
    return name;
  };
  return { system: find(REPOSITORIES.system), nop: find(REPOSITORIES.nop) };
}
