// The rules of the pod security standard `restricted` (Kubernetes 1.34), each under a name of its own so that an
// exception lets one of them go and no other; and two that Slipway adds: a user by number, a root that can't be written.
import { type Container, type Pod, podsIn } from './pods.ts';
import { type Fields, fieldsOf, itemsOf, unknown, type Value } from './resource.ts';
import type { Rule } from './rule.ts';

/** What a check does not allow: `value` at `path` below the container or the pod. */
interface Check {
  path: string;
  value: Value | undefined;
  allowed: string;
}

function rule(
  name: string,
  keeps: string,
  remedy: string,
  of: { pod?: (pod: Pod) => Check[]; container?: (security: Fields, container: Container, pod: Pod) => Check[] },
): Rule {
  return {
    name,
    keeps,
    find: resource =>
      podsIn(resource).flatMap(pod => {
        const findings = (at: string, checks: Check[] = []) =>
          checks
            .filter(({ value }) => value !== unknown)
            .map(({ path, value, allowed }) => ({ path: `${at}.${path}`, found: shown(value), allowed, remedy }));
        return [
          ...findings(pod.path, of.pod?.(pod)),
          ...pod.containers.flatMap(container =>
            findings(container.path, of.container?.(fieldsOf(container.fields.securityContext), container, pod)),
          ),
        ];
      }),
  };
}

const setIn = 'set it in the securityContext';

export const podSecurityRules: readonly Rule[] = [
  rule('privileged', 'no container is privileged', 'take it away; a privileged container is root on its node', {
    container: ({ privileged }) => (privileged === true ? [wrong('privileged', privileged, 'false')] : []),
  }),
  rule('privilege-escalation', 'no process gains more rights than its parent', setIn, {
    container: security =>
      security.privileged === true || security.allowPrivilegeEscalation === false
        ? []
        : [wrong('allowPrivilegeEscalation', security.allowPrivilegeEscalation, 'false')],
  }),
  rule('capabilities', 'all capabilities are dropped, and none but NET_BIND_SERVICE added', setIn, {
    container: security => {
      if (security.privileged === true) return [];
      const { add, drop } = fieldsOf(security.capabilities);
      const added = itemsOf(add).filter(capability => capability !== 'NET_BIND_SERVICE');
      return [
        ...(itemsOf(drop).includes('ALL') ? [] : [wrong('capabilities.drop', drop, '["ALL"]')]),
        ...(added.length === 0 ? [] : [wrong('capabilities.add', added, '["NET_BIND_SERVICE"]')]),
      ];
    },
  }),
  rule('non-root', 'containers run as an ordinary user, by number', `${setIn} of the container or the pod`, {
    container: (security, _, { spec }) => {
      const ofPod = fieldsOf(spec.securityContext);
      const nonRoot = security.runAsNonRoot ?? ofPod.runAsNonRoot;
      const user = security.runAsUser ?? ofPod.runAsUser;
      return [
        ...(nonRoot === true ? [] : [wrong('runAsNonRoot', nonRoot, 'true')]),
        ...(typeof user === 'number' && user > 0 ? [] : [wrong('runAsUser', user, 'a number from 1 on')]),
      ];
    },
  }),
  rule('seccomp', "the runtime's seccomp profile is on", `${setIn} of the container or the pod`, {
    container: (security, _, { spec }) => {
      if (security.privileged === true) return [];
      const { type } = fieldsOf(security.seccompProfile ?? fieldsOf(spec.securityContext).seccompProfile);
      const good = type === 'RuntimeDefault' || type === 'Localhost';
      return good ? [] : [wrong('seccompProfile.type', type, '"RuntimeDefault" or "Localhost"')];
    },
  }),
  rule('read-only-root', 'what a container writes, it writes to a mount', `${setIn}, and mount what is written to`, {
    container: ({ readOnlyRootFilesystem }) =>
      readOnlyRootFilesystem === true ? [] : [wrong('readOnlyRootFilesystem', readOnlyRootFilesystem, 'true')],
  }),
  rule('host', "nothing of the node's own: namespaces, ports, paths, probes of other hosts", 'take it away', {
    pod: ({ spec }) => [
      ...['hostNetwork', 'hostPID', 'hostIPC'].filter(key => spec[key] === true).map(key => found(key, true, 'false')),
      ...itemsOf(spec.volumes).flatMap((volume, i) => {
        const { hostPath } = fieldsOf(volume);
        return hostPath === undefined ? [] : [found(`volumes[${i}].hostPath`, fieldsOf(hostPath).path, 'no hostPath')];
      }),
    ],
    container: (_, { fields }) => [
      ...itemsOf(fields.ports).flatMap((port, i) => {
        const { hostPort } = fieldsOf(port);
        return hostPort === undefined || hostPort === 0 ? [] : [found(`ports[${i}].hostPort`, hostPort, 'none')];
      }),
      ...handlers(fields).flatMap(({ path, handler }) => {
        const { host } = fieldsOf(handler);
        return host === undefined || host === '' ? [] : [found(`${path}.host`, host, "none: the pod's own address")];
      }),
    ],
  }),
  rule(
    'volumes',
    'volumes are of the kinds that reach nothing but their own',
    'use one of the kinds that are allowed',
    {
      pod: ({ spec }) =>
        itemsOf(spec.volumes).flatMap((volume, i) => {
          // Tekton writes its own kinds beside the name, Kubernetes too; hostPath has a rule that says more.
          const kinds = Object.keys(fieldsOf(volume)).filter(key => key !== 'name' && key !== 'hostPath');
          const odd = kinds.filter(kind => !volumeKinds.includes(kind));
          return odd.map(kind => found(`volumes[${i}]`, kind, volumeKinds.join(', ')));
        }),
    },
  ),
  rule('kernel', "the kernel's guards stay on: sysctls, proc mount, SELinux, AppArmor", 'take it away', {
    pod: ({ spec }) => {
      const security = fieldsOf(spec.securityContext);
      return [
        ...itemsOf(security.sysctls).flatMap((sysctl, i) => {
          const { name } = fieldsOf(sysctl);
          const good = typeof name !== 'string' || sysctls.includes(name);
          return good ? [] : [wrong(`sysctls[${i}]`, name, sysctls.join(', '))];
        }),
        ...modules(security),
      ];
    },
    container: security => [
      ...(security.procMount === undefined || security.procMount === 'Default'
        ? []
        : [wrong('procMount', security.procMount, '"Default"')]),
      ...modules(security),
    ],
  }),
];

const volumeKinds = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

const sysctls = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
];

const seLinuxTypes = ['container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];

function modules({ seLinuxOptions, appArmorProfile }: Fields): Check[] {
  const { type, user, role } = fieldsOf(seLinuxOptions);
  const { type: profile } = fieldsOf(appArmorProfile);
  return [
    ...(type === undefined || type === '' || seLinuxTypes.includes(type as string)
      ? []
      : [wrong('seLinuxOptions.type', type, seLinuxTypes.join(', '))]),
    ...Object.entries({ user, role })
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([key, value]) => wrong(`seLinuxOptions.${key}`, value, 'none')),
    ...(profile === undefined || profile === 'RuntimeDefault' || profile === 'Localhost'
      ? []
      : [wrong('appArmorProfile.type', profile, '"RuntimeDefault" or "Localhost"')]),
  ];
}

/** What the kubelet calls or connects to for a container. */
function handlers(container: Fields): { path: string; handler: Value | undefined }[] {
  const lifecycle = fieldsOf(container.lifecycle);
  const places: [string, Value | undefined][] = [
    ...['livenessProbe', 'readinessProbe', 'startupProbe'].map(key => [key, container[key]] as [string, Value]),
    ...['postStart', 'preStop'].map(key => [`lifecycle.${key}`, lifecycle[key]] as [string, Value]),
  ];
  return places.flatMap(([path, value]) =>
    ['httpGet', 'tcpSocket'].map(kind => ({ path: `${path}.${kind}`, handler: fieldsOf(value)[kind] })),
  );
}

function wrong(key: string, value: Value | undefined, allowed: string): Check {
  return found(`securityContext.${key}`, value, allowed);
}

function found(path: string, value: Value | undefined, allowed: string): Check {
  return { path, value, allowed };
}

function shown(value: Value | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
