// What is mounted into a service's container: places to write, files of Secrets, data to read.
import type k8s from '@pulumi/kubernetes';
import type { ObjectsVolume } from './objects-volume.ts';
import type { ServiceArgs } from './service.ts';

type Mount = k8s.types.input.core.v1.VolumeMount;
type Volume = k8s.types.input.core.v1.Volume;

interface Mounts {
  volumeMounts: Mount[];
  volumes: Volume[];
}

/**
 * Places to write come first, so that a reader sees what lies in what: the kubelet mounts a path before those below it,
 * whatever their order here.
 */
export function mountsOf({ writable = [], secretFiles = {} }: ServiceArgs, objects: readonly ObjectsVolume[]): Mounts {
  const places: [name: string, path: string][] = [
    ['tmp', '/tmp'],
    ...writable.map((path): [string, string] => [nameOf('writable', path), path]),
  ];
  const secrets = [...new Set(Object.values(secretFiles).map(({ secret }) => secret))];
  const files = Object.entries(secretFiles);
  return {
    volumeMounts: [
      ...places.map(([name, mountPath]) => ({ name, mountPath })),
      ...files.map(([mountPath, { secret, key }]) => ({
        ...{ name: nameOf('secret', secret), mountPath, subPath: key, readOnly: true },
      })),
      ...objects.map(({ mount }) => mount),
    ],
    volumes: [
      ...places.map(([name]) => ({ name, emptyDir: {} })),
      ...secrets.map(secretName => ({
        name: nameOf('secret', secretName),
        secret: {
          secretName,
          items: files.flatMap(([, { secret, key }]) => (secret === secretName ? [{ key, path: key }] : [])),
        },
      })),
      ...objects.flatMap(({ volumes }) => volumes),
    ],
  };
}

/** `/app/logs` is `writable-app-logs`. */
function nameOf(kind: string, of: string): string {
  return [kind, ...of.split(/[^a-z0-9]+/i).filter(Boolean)].join('-').toLowerCase();
}
