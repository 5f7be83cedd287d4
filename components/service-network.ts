// Whom a service lets in, and what it may reach.
import type k8s from '@pulumi/kubernetes';
import { podsOf } from './kubernetes.ts';
import type { ServiceArgs } from './service.ts';

/** Something outside of the namespace, by its addresses (CIDR) and TCP ports. */
export interface Destination {
  addresses: string[];
  ports: number[];
}

/** What a service may reach beside DNS. */
export interface Egress {
  /** Its own pods, at its own ports. */
  peers: boolean;
  to: Destination[];
}

type Spec = k8s.types.input.networking.v1.NetworkPolicySpec;

/**
 * Its own ports for the services of its namespace, and for what leads calls from outside; outwards DNS and what it names.
 * One that names nothing reaches its namespace, and TLS wherever its data lives.
 */
export function traffic(args: ServiceArgs): Pick<Spec, 'ingress' | 'egress'> {
  const ports = [args.port, ...(args.metrics === undefined ? [] : [args.metrics])].map(port => ({ port }));
  const dns = { ports: ['UDP', 'TCP'].map(protocol => ({ protocol, port: 53 })) };
  return {
    ingress: [
      { ports, from: [{ podSelector: {} }, ...(args.ingress ? [podsOf(args.ingress.controllerNamespace)] : [])] },
    ],
    egress: [dns, ...outwards(args, ports)],
  };
}

function outwards({ name, egress }: ServiceArgs, own: { port: number }[]): NonNullable<Spec['egress']> & object[] {
  if (!egress) return [{ to: [{ podSelector: {} }] }, { ports: [{ port: 443 }] }];
  return [
    ...(egress.peers ? [{ to: [{ podSelector: { matchLabels: { app: name } } }], ports: own }] : []),
    ...egress.to.map(({ addresses, ports }) => ({
      to: addresses.map(cidr => ({ ipBlock: { cidr } })),
      ports: ports.map(port => ({ port })),
    })),
  ];
}
