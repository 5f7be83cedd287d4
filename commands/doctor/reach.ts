// Whether the addresses in a service's environment are among those that its NetworkPolicies let it reach: a broker that has
// moved is often changed in the one and forgotten in the other.
import { BlockList, isIP } from 'node:net';
import type { KubeObject } from '../../cluster/kube.ts';
import type { Deployment } from '../../cluster/workload.ts';
import type { Settings } from '../../settings/settings.ts';
import type { ServiceEntry } from '../../systems/types.ts';
import { type Context, NotAsked } from '../context.ts';
import { addressesOf } from './addresses.ts';
import { environmentOf } from './environment.ts';
import { type Check, type Finding, fault, ok } from './finding.ts';
import { needsOf } from './pod-needs.ts';

/** Of services that name what they reach; the others reach what is in their namespace, and TLS anywhere. */
export function reachChecks({ services }: Settings): Check[] {
  return services
    .filter(({ reaches }) => reaches !== undefined)
    .map(entry => ({
      ...{ group: 'rollouts', name: 'reach', subject: entry.name },
      ask: context => reach(context, entry),
    }));
}

async function reach(context: Context, { name, reaches = [] }: ServiceEntry): Promise<Finding> {
  const { stack, namespace } = context.settings;
  const deployment = (await context.deployments()).get(name);
  if (!deployment) throw new NotAsked('it is not declared (doctor: rollouts rollout)');
  const [policies, environment] = await Promise.all([
    egressOf(context, deployment),
    environmentOf(context, needsOf(deployment)),
  ]);
  const addresses = addressesOf(environment);
  const shut = addresses.filter(({ host, port }) => isIP(host) !== 0 && !allows(policies, host, port));
  if (shut.length > 0) {
    const seen = shut.map(({ variables, host, port }) => `${variables} (${host} port ${port})`).join(', ');
    return fault(
      `no NetworkPolicy in ${namespace} lets ${name} reach ${seen}`,
      `correct slipway:network (${reaches.filter(to => to !== 'peers').join(', ')}) or slipway:overrides.${name}.env in Pulumi.${stack}.yaml, then: pulumi up --stack ${stack}`,
    );
  }
  const named = addresses.filter(({ host }) => isIP(host) === 0).map(({ host }) => host);
  const unseen = named.length > 0 ? `; names are not judged: ${[...new Set(named)].join(', ')}` : '';
  return ok(`its NetworkPolicies allow ${addresses.length - named.length} addresses of its environment${unseen}`);
}

interface Rule {
  to?: { ipBlock?: { cidr: string; except?: string[] } }[];
  ports?: { protocol?: string; port?: number | string; endPort?: number }[];
}

/** The rules for what leaves the workload's pods; undefined where no policy limits that. */
async function egressOf(context: Context, { spec }: Deployment): Promise<Rule[] | undefined> {
  const kube = await context.kube();
  const all = await kube.list(`/apis/networking.k8s.io/v1/namespaces/${context.settings.namespace}/networkpolicies`);
  const own = all.filter(policy => selects(policy, spec.selector.matchLabels ?? {}));
  const limiting = own.filter(policy => (policy.spec?.policyTypes ?? []).includes('Egress'));
  return limiting.length > 0 ? limiting.flatMap(policy => (policy.spec?.egress ?? []) as Rule[]) : undefined;
}

function selects({ spec }: KubeObject, labels: Record<string, string>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = spec?.podSelector ?? {};
  return matchExpressions.length === 0 && Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}

function allows(rules: Rule[] | undefined, host: string, port: number): boolean {
  return rules === undefined || rules.some(({ to, ports }) => toHost(to, host) && toPort(ports, port));
}

function toHost(to: Rule['to'], host: string): boolean {
  if (to === undefined || to.length === 0) return true;
  return to.some(({ ipBlock }) => {
    if (!ipBlock) return false;
    return listOf([ipBlock.cidr]).check(host, family(host)) && !listOf(ipBlock.except ?? []).check(host, family(host));
  });
}

function toPort(ports: Rule['ports'], port: number): boolean {
  if (ports === undefined || ports.length === 0) return true;
  return ports.some(({ protocol = 'TCP', port: from, endPort }) => {
    if (protocol !== 'TCP') return false;
    return from === undefined || (typeof from === 'number' && port >= from && port <= (endPort ?? from));
  });
}

function listOf(blocks: string[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) {
    const [address, bits] = block.split('/') as [string, string];
    list.addSubnet(address, Number(bits), family(address));
  }
  return list;
}

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
