// What builds: the service builders in the cluster, their certificates, and the builder of bases on this machine.
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../cluster/one-line.ts';
import type { Platform } from '../../images/platform.ts';
import {
  buildNamespace,
  clientSecretName,
  daemonName,
  daemonSecretName,
  kanikoName,
  pipelineNamespace,
} from '../../settings/objects.ts';
import type { Settings } from '../../settings/settings.ts';
import { type Context, NotAsked } from '../context.ts';
import { lifeOf } from './certificate.ts';
import { platformOfNode } from './cluster.ts';
import { type Check, type Finding, fault, ok, replace, up, warning } from './finding.ts';
import { serving } from './workload.ts';

/** Of stacks whose `up` builds images. */
export const builderHere: Check = { group: 'builders', name: 'here', ask: here };

export function builderChecks({ platforms, serviceBuilds }: Settings): Check[] {
  const kaniko = serviceBuilds.builder === 'kaniko';
  return [
    ...platforms.map(
      (platform): Check => ({
        ...{ group: 'builders', name: 'service builds', subject: platform },
        ask: context => (kaniko ? kanikoFor(context, platform) : daemonFor(context, platform)),
      }),
    ),
    ...(kaniko ? [] : [{ group: 'builders', name: 'certificates', ask: certificates } satisfies Check]),
    builderHere,
  ];
}

async function daemonFor(context: Context, platform: Platform): Promise<Finding> {
  const found = await serving(context, { namespace: buildNamespace, deployment: daemonName(platform) });
  return found.verdict === 'ok' ? found : ((await nodeless(context, platform)) ?? found);
}

async function kanikoFor(context: Context, platform: Platform): Promise<Finding> {
  const kube = await context.kube();
  const account = await kube.get(`/api/v1/namespaces/${buildNamespace}/serviceaccounts/${kanikoName}`);
  if (!account) return fault(`there is no ServiceAccount ${buildNamespace}/${kanikoName}`, up(context));
  return (await nodeless(context, platform)) ?? ok(`${buildNamespace} takes Kaniko's pods for ${platform}`);
}

/** A fault where no node builds for a platform. */
async function nodeless(context: Context, platform: Platform): Promise<Finding | undefined> {
  const { stack, nodePlatforms } = context.settings;
  if (!nodePlatforms.includes(platform)) return undefined;

  const nodes = await context.nodes();
  if (nodes.some(node => platformOfNode(node) === platform)) return undefined;
  return fault(
    `no node is ${platform}, and slipway:nodePlatforms names it: nothing builds for it`,
    `add such a node, or have it emulated: leave it out of slipway:nodePlatforms in Pulumi.${stack}.yaml`,
  );
}

// Only the certificates are read of what the Secrets hold.
async function certificates(context: Context): Promise<Finding> {
  const kube = await context.kube();
  const remedy = replace(context, 'slipway:buildkit:Buildkit$command:local:Command', 'buildkit-certificates');
  const found: Finding[] = [];
  for (const { namespace, name, whose } of [
    { namespace: buildNamespace, name: daemonSecretName, whose: "the build daemons' certificate" },
    { namespace: pipelineNamespace, name: clientSecretName, whose: "their clients' certificate" },
  ]) {
    const secret = await kube.get(`/api/v1/namespaces/${namespace}/secrets/${name}`);
    const text: string | undefined = secret?.data?.['tls.crt'];
    if (text === undefined) return fault(`Secret ${namespace}/${name} has no tls.crt`, up(context));
    found.push(lifeOf(context, whose, new X509Certificate(Buffer.from(text, 'base64')), remedy));
  }
  return found.find(({ verdict }) => verdict !== 'ok') ?? ok(found.map(({ seen }) => seen).join('; '));
}

interface Instance {
  Nodes?: { Endpoint?: string }[];
}

// buildx keeps its builders in files; its own program need not be on this machine for Pulumi to use one.
async function here(context: Context): Promise<Finding> {
  const { builder, platforms } = context.settings;
  if (builder === 'default') {
    throw new NotAsked("the builder is Docker's own; `docker buildx inspect` tells its platforms");
  }
  const folder = process.env.DOCKER_CONFIG || join(homedir(), '.docker');
  const create = `docker buildx create --name ${builder} --platform ${platforms.join(',')}`;
  let instance: Instance;
  try {
    instance = JSON.parse(await readFile(join(folder, 'buildx', 'instances', builder), 'utf8')) as Instance;
  } catch {
    return warning(`this machine has no buildx builder "${builder}": an up can't build from here`, create);
  }
  const endpoints = (instance.Nodes ?? []).flatMap(({ Endpoint }) => Endpoint ?? []);
  for (const endpoint of endpoints) {
    const silent = await unreachable(endpoint);
    if (silent)
      return warning(
        `builder "${builder}" does not answer at ${endpoint}: ${silent}`,
        `docker buildx inspect ${builder}`,
      );
  }
  return ok(`builder "${builder}" at ${endpoints.join(', ') || 'no address'}`);
}

/** Why nothing listens at a builder's address; undefined where something does, or where it is no address. */
function unreachable(endpoint: string): Promise<string | undefined> {
  const { protocol, pathname, hostname, port } = URL.canParse(endpoint) ? new URL(endpoint) : new URL('none:');
  const target =
    protocol === 'unix:'
      ? { path: pathname }
      : protocol === 'tcp:'
        ? { host: hostname, port: Number(port) }
        : undefined;
  if (!target) return Promise.resolve(undefined);
  return new Promise(resolve => {
    const socket = connect(target, () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.setTimeout(3000, () => socket.destroy(new Error('no answer within 3 s')));
    socket.on('error', error => resolve(messageOf(error)));
  });
}
