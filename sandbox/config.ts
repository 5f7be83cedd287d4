// Where the sandbox lives and which ports it takes: read once at the start of a command, then handed around as a value.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { checkout } from './checkout.ts';

/** The addresses inside the sandbox. They exist only in its own network namespace, so they are constants. */
export const NETWORK = {
  clusterDomain: 'cluster.local',
  serviceCidr: '10.34.0.0/16',
  apiIP: '10.34.0.1',
  dnsIP: '10.34.0.10',
  registryIP: '10.34.0.202',
  /** The registry of a second stack on this cluster, where somebody declares one. */
  stagingRegistryIP: '10.34.0.203',
  /** The registry of the stack `ai-stack-local`. */
  aiStackRegistryIP: '10.34.0.204',
  /** Another name of that registry: on the machine it means the machine, to the node the registry. */
  aiStackRegistryName: 'localhost:5000',
  /** Port of the registry's plain HTTP listener, for pods and nodes. */
  registryPort: 5000,
  /** Port of the registry's TLS listener (Service port `outside`), for programs on the machine. */
  registryTlsPort: 5443,
  podCidr: '10.35.0.0/24',
  nodeIP: '10.36.0.1',
  nodeCidr: '10.36.0.1/24',
  nodeName: 'slipway',
  /** The API server's own port, on the sandbox's loopback. */
  apiPort: 6443,
  /** Port of the git server on the node's address. */
  gitPort: 3000,
  /** What lies outside a cluster and its workloads talk to, all on the node's address. */
  externalPort: 5443,
  /** The name of that registry in references. */
  externalName: 'eu-frankfurt-1.ocir.io',
  storePort: 9000,
  redisPort: 6379,
  kafkaPort: 9092,
  cockroachPort: 26257,
} as const;

/** The name of the sandbox's context in its kubeconfig. */
export const CONTEXT = 'slipway-sandbox';

const port = z.int().min(1).max(65535);

const fileSchema = z.strictObject({
  cache: z.string().min(1).optional(),
  ports: z
    .strictObject({
      ...{ api: port, registry: port, staging: port, external: port, aiStack: port },
      ...{ mirror: port, s3: port, git: port, door: port },
    })
    .partial()
    .optional(),
});

/** Ports on 127.0.0.1 of the machine. */
export interface SandboxPorts {
  api: number;
  registry: number;
  /** Leads to the registry of a second stack. */
  staging: number;
  /** Leads to the registry outside the cluster, where a system has one. */
  external: number;
  /** Leads to the registry of the stack `ai-stack-local`. */
  aiStack: number;
  mirror: number;
  /** Leads to the store of objects, where a system has one. */
  s3: number;
  git: number;
  door: number;
}

export interface SandboxConfig {
  /** $SLIPWAY_HOME, absolute: all state of this sandbox. */
  home: string;
  /** $SLIPWAY_CACHE, absolute: tools, packages and images, shared by all sandboxes of the machine. */
  cache: string;
  ports: SandboxPorts;
}

export const DEFAULT_PORTS: SandboxPorts = {
  api: 16443,
  registry: 15000,
  mirror: 15001,
  staging: 15002,
  external: 15003,
  s3: 15004,
  aiStack: 15005,
  git: 13000,
  door: 18080,
};

/**
 * Reads the sandbox's configuration: `SLIPWAY_HOME` (default `.slipway/` in the checkout), `SLIPWAY_CACHE` (default
 * `$XDG_CACHE_HOME/slipway`), and what `$SLIPWAY_HOME/config.json` says (`cache`, `ports`; all optional).
 * @throws Error that names the file and every wrong key in it.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): SandboxConfig {
  const home = resolve(env.SLIPWAY_HOME || join(checkout, '.slipway'));
  const file = join(home, 'config.json');
  const settings = existsSync(file) ? parseSettings(file, readFileSync(file, 'utf8')) : {};
  const cacheHome = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  const ports = { ...DEFAULT_PORTS, ...settings.ports };
  checkDistinct(file, ports);
  return { home, cache: resolve(env.SLIPWAY_CACHE || settings.cache || join(cacheHome, 'slipway')), ports };
}

function parseSettings(file: string, text: string): z.infer<typeof fileSchema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file}: not JSON (${(error as Error).message}); mend it, or remove it to take the defaults`);
  }
  const result = fileSchema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(issue => `${issue.path.join('.') || '(file)'}: ${issue.message}`);
  throw new Error(`${file}: ${faults.join('; ')}. Known keys: cache, ports.{${Object.keys(DEFAULT_PORTS).join(',')}}`);
}

function checkDistinct(file: string, ports: SandboxPorts): void {
  const owners = new Map<number, string>();
  for (const [name, number] of Object.entries(ports)) {
    const other = owners.get(number);
    if (other) throw new Error(`${file}: ports.${name} and ports.${other} are both ${number}; give each its own`);
    owners.set(number, name);
  }
}

/** The folders and files below $SLIPWAY_HOME that more than one part of the sandbox uses. */
export function homePaths(config: SandboxConfig) {
  const at = (...parts: string[]) => join(config.home, ...parts);
  return {
    kubeconfig: at('kubeconfig'),
    pki: at('pki'),
    state: at('state'),
    run: at('run'),
    logs: at('logs'),
    clusterLogs: at('logs', 'cluster'),
    /** Generated files that the sandbox's processes read. */
    clusterRun: at('run', 'cluster'),
    supervisorRecord: at('run', 'supervisor.json'),
    supervisorPlan: at('run', 'supervisor-plan.json'),
    supervisorLog: at('logs', 'supervisor.log'),
  };
}

/** Name of the sandbox's cgroup: one of its own for each $SLIPWAY_HOME, so that two sandboxes don't meet. */
export function cgroupName(config: SandboxConfig): string {
  return `slipway-${createHash('sha256').update(config.home).digest('hex').slice(0, 8)}`;
}
