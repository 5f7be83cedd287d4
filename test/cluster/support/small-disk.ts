// Puts a folder of the sandbox onto a small file system in memory, in the sandbox's own mount namespace: it can be
// full without anybody else's disk being so, and it goes with the sandbox.
import assert from 'node:assert/strict';
import { run } from '../../../sandbox/tools/run.ts';
import { until } from '../../../sandbox/until.ts';
import type { Fixture } from './fixture.ts';
import { inSandbox } from './processes.ts';
import type { Pod } from './service.ts';

const place = '/run/slipway-small';

async function inside(fixture: Fixture, script: string, ...args: string[]): Promise<string> {
  const [kubelet] = inSandbox(fixture, /\/kube kubelet /);
  assert.ok(kubelet, 'the sandbox runs');
  const enter = ['--target', String(kubelet.pid), '--mount', '--root', '--wd=/', '--'];
  return (await run('nsenter', [...enter, 'bash', '-euc', script, 'bash', ...args])).stdout.trim();
}

export interface SmallDisk {
  /** Leaves `bytes` free. */
  leave: (bytes: number) => Promise<unknown>;
  /** Back to the real disk, with what was written meanwhile. */
  remove: () => Promise<unknown>;
}

/** `folder` as the sandbox's root has it. Programs that have it open must be started anew, and again after `remove`. */
export async function smallDisk(fixture: Fixture, folder: string): Promise<SmallDisk> {
  await inside(
    fixture,
    `mkdir -p ${place} && mount -t tmpfs -o size=8g tmpfs ${place}
     cp -a "$1/." ${place}/ && mount --bind ${place} "$1"`,
    folder,
  );
  return {
    leave: bytes =>
      inside(
        fixture,
        `used=$(df --block-size=1 --output=used ${place} | tail -n 1)
         mount -o remount,size=$((used + $1)) ${place}`,
        String(bytes),
      ),
    remove: () =>
      inside(fixture, `umount -l "$1" && cp -a ${place}/. "$1/" && umount -l ${place} && rmdir ${place}`, folder),
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
