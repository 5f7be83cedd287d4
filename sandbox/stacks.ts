// What `npm start` can bring up: for each system its stack on this sandbox, and what that stack needs which others do not.
// Its services and images are the stack file's affair.
import type { SandboxPorts } from './config.ts';

/** A system's stack on this sandbox, as data. */
export interface Stack {
  /** The word after --system. */
  system: 'cerebral' | 'cybermesh' | 'ai-stack';
  /** Name of the stack; its file is Pulumi.<name>.yaml. */
  name: string;
  /** Stand-ins for upstream images that its Dockerfiles name, beyond those that the node itself has. */
  standIns: readonly 'debian'[];
  /** Tools of the catalogue that must be asked for. */
  tools: readonly string[];
  /** Port of the machine that leads to its registry. */
  registry: keyof SandboxPorts;
  /** Whether its registry, a store of objects and databases lie outside the cluster, and so are the sandbox's to run. */
  outside: boolean;
  /** Whether its `up` builds images. */
  builds: boolean;
  /** Whether a git host tells it of pushes. */
  pushes: boolean;
  /** What its services' Secrets hold, by Secret and key: made up for this sandbox. */
  secrets: Record<string, Record<string, 'signing key' | 'authority'>>;
  /** Buckets of the store that its services' volumes are copied from, by volume. */
  volumes: Readonly<Record<string, string>>;
}

export const cerebral: Stack = {
  system: 'cerebral',
  name: 'local',
  standIns: [],
  tools: [],
  registry: 'registry',
  outside: false,
  builds: true,
  pushes: true,
  secrets: {},
  volumes: {},
};

export const cybermesh: Stack = {
  system: 'cybermesh',
  name: 'cybermesh-dev',
  standIns: ['debian'],
  tools: ['s3'],
  registry: 'external',
  outside: true,
  builds: true,
  pushes: false,
  secrets: {
    'backend-signing-keys': { signing_key_pem: 'signing key' },
    'ai-service-secret': { signing_key_pem: 'signing key' },
    'cockroachdb-root-cert': { 'root.crt': 'authority' },
  },
  volumes: { models: 'cybermesh-models', datasets: 'cybermesh-datasets' },
};

export const aiStack: Stack = {
  system: 'ai-stack',
  name: 'ai-stack-local',
  standIns: [],
  tools: [],
  registry: 'aiStack',
  outside: false,
  builds: false,
  pushes: false,
  secrets: {},
  volumes: {},
};

/** The first is the one that a command means when it names none. */
export const stacks: readonly Stack[] = [cerebral, cybermesh, aiStack];

/** @throws Error with the systems that there are. */
export function stackOfSystem(system: string): Stack {
  const found = stacks.find(stack => stack.system === system);
  if (found) return found;
  throw new Error(`no system is called "${system}"; there are ${stacks.map(stack => stack.system).join(', ')}`);
}

/** @throws Error with the stacks that there are. */
function stackNamed(name: string): Stack {
  const found = stacks.find(stack => stack.name === name);
  if (found) return found;
  const known = stacks.map(stack => stack.name).join(', ');
  throw new Error(`the sandbox has no stack "${name}"; there are ${known}`);
}

/**
 * The stack that a pulumi command line names (`--stack NAME`, `--stack=NAME`, `-s NAME`), or the first, and the line
 * without it.
 */
export function takeStack(args: readonly string[]): { stack: Stack; args: string[] } {
  const at = args.findIndex(arg => /^(--stack(=|$)|-s$)/.test(arg));
  if (at < 0) return { stack: stacks[0]!, args: [...args] };
  const inline = args[at]!.startsWith('--stack=');
  const name = inline ? args[at]!.slice('--stack='.length) : args[at + 1];
  if (!name) throw new Error(`${args[at]} needs a name: ${stacks.map(stack => stack.name).join(', ')}`);
  return { stack: stackNamed(name), args: [...args.slice(0, at), ...args.slice(at + (inline ? 1 : 2))] };
}

/** The command that makes a stack. */
export const startOf = ({ system }: Stack): string =>
  system === stacks[0]!.system ? 'npm start' : `npm start -- --system ${system}`;
