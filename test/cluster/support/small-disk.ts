// Puts a folder of the sandbox onto a small file system of its own, in the sandbox's own mount namespace: it can be full
// without anybody else's disk being so, and it goes with the sandbox. It is ext4 in a file, as a node's disk is: in memory
// (tmpfs) BuildKit can't unpack a layer that deletes files.
import assert from 'node:assert/strict';
import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../sandbox/tools/run.ts';
import { until } from '../../../sandbox/until.ts';
import type { Fixture } from './fixture.ts';
import { inSandbox } from './processes.ts';
import type { Pod } from './service.ts';

const place = '/run/slipway-small';
/** Bytes; the file is sparse. */
const size = 8 * 2 ** 30;

async function inside(fixture: Fixture, script: string, ...args: string[]): Promise<string> {
  const [kubelet] = inSandbox(fixture, /\/kube kubelet /);
  assert.ok(kubelet, 'the sandbox runs');
  const enter = ['--target', String(kubelet.pid), '--mount', '--pid', '--root', '--'];
  return (await run('nsenter', [...enter, 'bash', '-euc', script, 'bash', ...args], { cwd: '/' })).stdout.trim();
}

/** An empty file system, mounted at `place` in the sandbox; its loop device goes when it is unmounted. */
async function mountImage(fixture: Fixture, image: string): Promise<void> {
  await writeFile(image, '');
  await truncate(image, size);
  await run('mkfs.ext4', ['-q', '-m', '0', '-O', '^has_journal', image]);
  const device = (await run('losetup', ['--find', '--show', image])).stdout.trim();
  try {
    const [major, minor] = (await run('stat', ['--format=%Hr %Lr', device])).stdout.trim().split(' ');
    await inside(
      fixture,
      `mkdir -p ${place}
       mknod ${place}.device b "$1" "$2"
       mount -t ext4 ${place}.device ${place}
       rm ${place}.device
       mkdir ${place}/files`,
      major!,
      minor!,
    );
  } finally {
    // While it is mounted the kernel only notes it.
    await run('losetup', ['--detach', device]);
  }
}

export interface SmallDisk {
  /** Leaves `bytes` free. */
  leave: (bytes: number) => Promise<unknown>;
  /** Back to the real disk, with what was written meanwhile. */
  remove: () => Promise<unknown>;
}

/**
 * `folder` as the sandbox's root has it; with `empty`, what it holds is not there meanwhile. Programs that have it open
 * must be started anew, and again after `remove`.
 */
export async function smallDisk(fixture: Fixture, folder: string, { empty = false } = {}): Promise<SmallDisk> {
  const image = join(fixture.config.home, 'small-disk.ext4');
  const files = `${place}/files`;
  await mountImage(fixture, image);
  const mode = `chown --reference="$1" ${files} && chmod --reference="$1" ${files}`;
  await inside(
    fixture,
    `${empty ? mode : `cp -a "$1/." ${files}/`}
     mount --bind ${files} "$1"`,
    folder,
  );
  return {
    leave: bytes =>
      inside(
        fixture,
        `rm -f ${place}/filler
         free=$(df --block-size=1 --output=avail ${place} | tail -n 1)
         if [ "$free" -gt "$1" ]; then fallocate --length $((free - $1)) ${place}/filler || [ "$1" = 0 ]; fi
         if [ "$1" = 0 ]; then cat /dev/zero >> ${place}/filler 2> /dev/null || true; fi`,
        String(bytes),
      ),
    remove: async () => {
      const back = empty ? ':' : `rm -f ${place}/filler && cp -a ${files}/. "$1/"`;
      await inside(fixture, `umount -l "$1" && ${back} && umount -l ${place} && rmdir ${place}`, folder);
      await rm(image);
    },
  };
}

/** Deletes the pods with this label and waits for the ones that take their place. */
export async function renewPods(fixture: Fixture, namespace: string, selector: string): Promise<void> {
  const list = async () =>
    (await fixture.get<{ items: Pod[] }>('pods', '--namespace', namespace, '--selector', selector))?.items ?? [];
  const old = new Set((await list()).map(pod => pod.metadata.uid));
  await fixture.kube(['delete', 'pods', '--namespace', namespace, '--selector', selector, '--wait=true']);
  await until(
    `new pods of ${selector}`,
    async () => {
      const pods = await list();
      const ready = pods.every(
        pod => !old.has(pod.metadata.uid) && pod.status.containerStatuses?.every(container => container.ready),
      );
      return (pods.length > 0 && ready) || undefined;
    },
    { limit: 60_000, every: 250 },
  );
}

/** Does what ends the containers of all pods of a namespace, and waits until each runs again in its pod. */
export async function restarted(fixture: Fixture, namespace: string, act: () => unknown): Promise<void> {
  const list = async () => (await fixture.get<{ items: Pod[] }>('pods', '--namespace', namespace))?.items ?? [];
  const counts = (pods: Pod[]) => pods.flatMap(pod => pod.status.containerStatuses ?? []);
  const before = Math.min(...counts(await list()).map(({ restartCount }) => restartCount));
  await act();
  await until(
    `containers of ${namespace} that have started again`,
    async () => counts(await list()).every(one => one.ready && one.restartCount > before) || undefined,
    { limit: 90_000, every: 250 },
  );
}

/** The folder of the registry's volume, in the sandbox's root. */
export async function registryFolder(fixture: Fixture): Promise<string> {
  const claim = await fixture.get<{ spec: { volumeName: string } }>(
    'persistentvolumeclaim',
    'registry',
    '--namespace',
    'registry',
  );
  const volume = await fixture.get<{ spec: { hostPath: { path: string } } }>(
    'persistentvolume',
    claim?.spec.volumeName ?? '',
  );
  assert.ok(volume, 'the registry has a volume');
  return volume.spec.hostPath.path;
}

/** The folder of the build daemon's cache, in the sandbox's root. */
export async function builderFolder(fixture: Fixture, daemon: string): Promise<string> {
  const list = await fixture.get<{ items: Pod[] }>('pods', '--namespace', 'slipway-build', `--selector=app=${daemon}`);
  return `/var/lib/kubelet/pods/${list?.items[0]?.metadata.uid}/volumes/kubernetes.io~empty-dir/state`;
}
