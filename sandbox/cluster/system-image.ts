// Where the sandbox's own programs are in its node images. What runs with an explicit command takes the one image that
// holds all of them; two things are started by an image's own entrypoint and have a name of their own.

import type { NodeImage } from './inside/images.ts';

export interface SystemImages {
  /** Every program, at the paths below. Entrypoint: a process that waits, with which containerd holds a pod's namespaces. */
  system: string;
  /** Entrypoint: Tekton's nop, which takes the place of a sidecar that is to end. */
  nop: string;
  /** Entrypoint: Triggers' eventlistenersink; its controller starts it without a command. */
  eventListener: string;
}

/** Where a program of Tekton or CoreDNS is in the system image. Tekton's own code expects /ko-app for its own. */
export function programPath(project: 'pipeline' | 'triggers' | 'coredns', program: string): string {
  if (project === 'coredns') return '/usr/bin/coredns';
  return project === 'pipeline' ? `/ko-app/${program}` : `/triggers/${program}`;
}

const REPOSITORIES: Record<keyof SystemImages, string> = {
  system: 'localhost/slipway/system',
  nop: 'localhost/slipway/nop',
  eventListener: 'localhost/slipway/eventlistenersink',
};

/** Finds the system images among the node's. @throws Error that names the missing one. */
export function systemImages(images: NodeImage[]): SystemImages {
  const names = images.flatMap(image => image.names);
  const find = (repository: string) => {
    const name = names.find(name => name.startsWith(`${repository}@`) || name.startsWith(`${repository}:`));
    if (!name) throw new Error(`no node image is named ${repository}@…; there are: ${names.join(', ') || 'none'}`);
    return name;
  };
  return {
    system: find(REPOSITORIES.system),
    nop: find(REPOSITORIES.nop),
    eventListener: find(REPOSITORIES.eventListener),
  };
}
