import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Machine } from '../../../sandbox/cluster/machine.ts';
import { faultsOf } from '../../../sandbox/cluster/requirements.ts';
import { DEFAULT_PORTS } from '../../../sandbox/config.ts';

const config = { home: '/srv/home', cache: '/srv/cache', ports: DEFAULT_PORTS };
const good: Machine = {
  platform: 'linux',
  uid: 0,
  kernel: '6.12.3-amd64',
  namespaces: ['net', 'mnt', 'pid', 'ipc', 'uts', 'user'],
  filesystems: ['nodev', 'overlay', 'nodev', 'binfmt_misc'],
  bridgeFilter: true,
  cgroups: 'v2',
  missingControllers: [],
  missingPrograms: [],
  go: 'go1.26.0',
  takenPorts: [],
  free: { home: 100, cache: 100 },
  memory: 16,
};

const faults = (change: Partial<Machine>) => faultsOf({ ...good, ...change }, config);

test('a machine that has everything has no fault', () => {
  assert.deepEqual(faults({}), []);
  assert.deepEqual(faults({ cgroups: 'v1', go: 'go1.26.8', kernel: '7.0.1' }), []);
});

test('another system is one fault: nothing else there is worth telling', () => {
  assert.deepEqual(faults({ platform: 'darwin', uid: 501, kernel: '24.1.0', go: undefined }), [
    'this is darwin, and the sandbox needs Linux; use a Linux machine, or your own cluster: pulumi up --stack dev',
  ]);
});

test('all faults are told at once, each in one line with what mends it', () => {
  const lines = faults({
    uid: 1000,
    kernel: '6.1.0-28-amd64',
    namespaces: ['net', 'mnt', 'pid', 'ipc', 'uts'],
    filesystems: ['ext4'],
    bridgeFilter: false,
    linksFault: 'Operation not supported',
    cgroups: undefined,
    missingControllers: ['cpuset', 'pids'],
    missingPrograms: ['dpkg-deb'],
    go: 'go1.24.9',
    takenPorts: [{ name: 'door', port: 18080 }],
    free: { home: 2.5, cache: 0.4 },
    memory: 3.8,
  });
  const wanted = [
    /user 1000.*sudo -E npm start/,
    /no namespaces of kind user/,
    /kernel is 6\.1\.0-28-amd64.*6\.7 or newer/,
    /file system overlay; run: modprobe overlay/,
    /file system binfmt_misc; run: modprobe binfmt_misc/,
    /modprobe br_netfilter/,
    /no bridge or veth.*Operation not supported/,
    /no cgroups are mounted/,
    /cpuset, pids are off; run: echo '\+cpuset \+pids'/,
    /dpkg-deb is not in the PATH; run: apt-get install dpkg/,
    /go is go1\.24\.9.*1\.26 or newer/,
    /127\.0\.0\.1:18080 \(door\) is taken.*\/srv\/home\/config\.json/,
    /\/srv\/home has 2\.5 GiB free.*SLIPWAY_HOME/,
    /\/srv\/cache has 0\.4 GiB free.*SLIPWAY_CACHE/,
    /3\.8 GiB of memory; 6 GiB are needed/,
  ];
  assert.equal(lines.length, wanted.length);
  for (const [index, pattern] of wanted.entries()) assert.match(lines[index]!, pattern);
  for (const line of lines) assert.ok(!line.includes('\n'));
});

test('no Go at all is told with where to get it', () => {
  assert.match(faults({ go: undefined })[0]!, /no go in the PATH.*1\.26.*go\.dev/);
});
