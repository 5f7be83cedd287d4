import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unknown, type Value } from '../../../policy/resource.ts';
import { broken, container, pod, secured, workload } from './objects.ts';

const at = 'spec.template.spec.containers[0]';
const ofContainer = (changed: ReturnType<typeof container>) =>
  broken(workload('Deployment', pod({ containers: [changed] })));
const ofPod = (changes: Record<string, Value>) => broken(workload('Deployment', pod(changes)));

const containers: [string, ReturnType<typeof container>, string][] = [
  ['is privileged', secured({ privileged: true }), `privileged ${at}.securityContext.privileged`],
  [
    'may gain rights',
    secured({ allowPrivilegeEscalation: undefined }),
    `privilege-escalation ${at}.securityContext.allowPrivilegeEscalation`,
  ],
  [
    'keeps capabilities',
    secured({ capabilities: { drop: ['NET_RAW'] } }),
    `capabilities ${at}.securityContext.capabilities.drop`,
  ],
  [
    'adds a capability',
    secured({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE', 'SYS_ADMIN'] } }),
    `capabilities ${at}.securityContext.capabilities.add`,
  ],
  ['may be root', secured({ runAsNonRoot: false }), `non-root ${at}.securityContext.runAsNonRoot`],
  ['is root by number', secured({ runAsUser: 0 }), `non-root ${at}.securityContext.runAsUser`],
  ['has a user by name only', secured({ runAsUser: undefined }), `non-root ${at}.securityContext.runAsUser`],
  [
    'has no seccomp profile',
    secured({ seccompProfile: { type: 'Unconfined' } }),
    `seccomp ${at}.securityContext.seccompProfile.type`,
  ],
  [
    'writes to its root',
    secured({ readOnlyRootFilesystem: undefined }),
    `read-only-root ${at}.securityContext.readOnlyRootFilesystem`,
  ],
  ['takes a port of the node', container({ ports: [{ hostPort: 80 }] }), `host ${at}.ports[0].hostPort`],
  [
    'is probed on another host',
    container({ livenessProbe: { tcpSocket: { host: '10.0.0.1', port: 1 } } }),
    `host ${at}.livenessProbe.tcpSocket.host`,
  ],
  [
    'calls another host as it starts',
    container({ lifecycle: { postStart: { httpGet: { host: 'metadata', port: 80 } } } }),
    `host ${at}.lifecycle.postStart.httpGet.host`,
  ],
  ['sees the proc of the node', secured({ procMount: 'Unmasked' }), `kernel ${at}.securityContext.procMount`],
  [
    'has another SELinux type',
    secured({ seLinuxOptions: { type: 'spc_t' } }),
    `kernel ${at}.securityContext.seLinuxOptions.type`,
  ],
  [
    'has an SELinux user',
    secured({ seLinuxOptions: { user: 'system_u' } }),
    `kernel ${at}.securityContext.seLinuxOptions.user`,
  ],
  [
    'has AppArmor off',
    secured({ appArmorProfile: { type: 'Unconfined' } }),
    `kernel ${at}.securityContext.appArmorProfile.type`,
  ],
  [
    'asks for no memory',
    container({ resources: { requests: { cpu: 1 }, limits: { memory: 1 } } }),
    `requests ${at}.resources.requests.memory`,
  ],
  [
    'asks for no cpu',
    container({ resources: { requests: { memory: 1 }, limits: { memory: 1 } } }),
    `requests ${at}.resources.requests.cpu`,
  ],
  [
    'has no limit',
    container({ resources: { requests: { cpu: 1, memory: 1 } } }),
    `limits ${at}.resources.limits.memory`,
  ],
  ['says not when it can serve', container({ readinessProbe: undefined }), `readiness ${at}.readinessProbe`],
  ['says not when it hangs', container({ livenessProbe: undefined }), `liveness ${at}.livenessProbe`],
];
for (const [what, changed, expected] of containers) {
  test(`a container that ${what} breaks one rule`, async () => {
    assert.deepEqual(await ofContainer(changed), [expected]);
  });
}

const pods: [string, Record<string, Value>, string][] = [
  ['has the network of the node', { hostNetwork: true }, 'host spec.template.spec.hostNetwork'],
  ['sees the processes of the node', { hostPID: true }, 'host spec.template.spec.hostPID'],
  [
    'mounts a folder of the node',
    { volumes: [{ name: 'x', hostPath: { path: '/' } }] },
    'host spec.template.spec.volumes[0].hostPath',
  ],
  [
    'mounts a kind of volume that reaches further',
    {
      volumes: [
        { name: 't', emptyDir: {} },
        { name: 'x', nfs: {} },
      ],
    },
    'volumes spec.template.spec.volumes[1]',
  ],
  [
    'sets a sysctl of the node',
    { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_syncookies' }, { name: 'kernel.msgmax' }] } },
    'kernel spec.template.spec.securityContext.sysctls[1]',
  ],
];
for (const [what, changes, expected] of pods) {
  test(`a pod that ${what} breaks one rule`, async () => {
    assert.deepEqual(await ofPod(changes), [expected]);
  });
}

test("what the pod says holds for its containers, and a container's own word goes before it", async () => {
  const bare = secured({ runAsNonRoot: undefined, runAsUser: undefined, seccompProfile: undefined });
  const securityContext = { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } };
  assert.deepEqual(await ofPod({ securityContext, containers: [bare] }), []);
  assert.deepEqual(await ofPod({ securityContext, containers: [secured({ runAsUser: 0 })] }), [
    `non-root ${at}.securityContext.runAsUser`,
  ]);
});

test('what privileged overrides is not found a second time', async () => {
  const privileged = container({ securityContext: { privileged: true, runAsNonRoot: true, runAsUser: 1 } });
  assert.deepEqual(await ofContainer(privileged), [
    `privileged ${at}.securityContext.privileged`,
    `read-only-root ${at}.securityContext.readOnlyRootFilesystem`,
  ]);
});

test('only what runs as long as its pod has probes: no job, no init container, but a sidecar', async () => {
  const bare = container({ readinessProbe: undefined, livenessProbe: undefined });
  assert.deepEqual(await broken(workload('Job', pod({ containers: [bare] }))), []);
  assert.deepEqual(await broken(workload('Pod', pod({ containers: [bare], restartPolicy: 'Never' }))), []);
  assert.deepEqual(await ofPod({ initContainers: [bare] }), []);
  assert.deepEqual(await ofPod({ initContainers: [{ ...bare, restartPolicy: 'Always' }] }), [
    'readiness spec.template.spec.initContainers[0].readinessProbe',
    'liveness spec.template.spec.initContainers[0].livenessProbe',
  ]);
});

test('an ephemeral container, which can have no resources, is asked for none', async () => {
  const bare = container({ resources: undefined });
  assert.deepEqual(await broken(workload('Pod', pod({ ephemeralContainers: [bare] }))), []);
});

test('a value that is not known yet breaks no rule', async () => {
  assert.deepEqual(await ofContainer(secured({ seccompProfile: { type: unknown } })), []);
  assert.deepEqual(
    await ofContainer(container({ resources: { requests: { cpu: unknown, memory: unknown }, limits: { memory: 1 } } })),
    [],
  );
});
