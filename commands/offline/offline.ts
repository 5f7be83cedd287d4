// Runs the program without an engine: against Pulumi's mocks, with neither cluster nor network nor tool chain, and
// gives what it declared. It runs once in a process: Pulumi's runtime is one for all.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { getMonitor } from '@pulumi/pulumi/runtime/settings.js';
import { type Lock, parseLock, printLock } from '../../images/lock.ts';
import { waitingLock } from '../../settings/lock-images.ts';
import { lockPath, namespace, readSettings } from '../../settings/settings.ts';
import { checkout } from '../checkout.ts';
import { readStackFile, stackFile } from '../stack-file.ts';

/** What stands for a value that only a cluster gives out. */
const noUid = '00000000-0000-0000-0000-000000000000';

export interface Declared {
  urn: string;
  type: string;
  name: string;
  /** URN of the component that it belongs to. */
  parent: string;
  /** URNs of what must be there first. */
  dependencies: string[];
  inputs: Record<string, unknown>;
  /** The inputs on the wire, where what is secret is marked just where it stands. */
  sent: Record<string, unknown>;
}

/** What the commands that run so let a person say. */
export interface OfflineCommand {
  /** Folder to read `<stack>.yaml` from, in place of the lock that the stack names. */
  locks?: string;
  /** Folder of the stack files, in place of the checkout. */
  stacks?: string;
}

interface OfflineOptions extends OfflineCommand {
  /** A lock that is not there is one in which all is waiting; otherwise an error. */
  lockOptional?: boolean;
}

export interface Offline {
  /** In the order of their declaration. */
  declared: Declared[];
  lock: Lock;
  lockFile: string;
  /** What the lock does not pin. */
  notes: string[];
}

/** Throws on an unknown stack, a faulty configuration or a faulty lock. */
export async function runOffline(
  stack: string,
  { locks, stacks, lockOptional }: OfflineOptions = {},
): Promise<Offline> {
  const [folder, from] = [locks && resolve(locks), stacks && resolve(stacks)];
  process.chdir(checkout);
  const { values, secretKeys } = await readStackFile(stackFile(stack, from));
  const lockFile = folder ? join(folder, `${stack}.yaml`) : lockPath(stack, values[`${namespace}:lock`]!);
  const absent = !existsSync(lockFile);
  if (absent && !lockOptional)
    throw new Error(`${lockFile}: there is no such lock; expected the lock of stack ${stack}`);
  const lock = absent
    ? waitingLock(readSettings(stack, values))
    : parseLock(await readFile(lockFile, 'utf8'), lockFile);

  const inputs = new Map<string, Record<string, unknown>>();
  const notes = new Set<string>();
  await pulumi.runtime.setMocks(
    {
      newResource: args => {
        inputs.set(`${args.type} ${args.name}`, args.inputs);
        return { id: args.name, state: { ...args.inputs, ...outputsOf(args, lock) } };
      },
      call: ({ token }) => {
        throw new Error(`a run without an engine asks nothing of a provider, and the program called ${token}`);
      },
    },
    namespace,
    stack,
    true,
  );
  const requests = recordRequests();
  pulumi.runtime.setAllConfig(values, secretKeys);
  const { default: program } = await import('../../index.ts');
  await program({
    readText: async () => printLock(lock),
    checkBuilds: async () => {},
    prepareBuilds: async () => {},
    unpinned: fault => {
      notes.add(fault.message);
      return pulumi.output(pulumi.unknown as unknown as string);
    },
  });
  await pulumi.runtime.disconnect();
  const declared = requests.map(request => ({
    ...request,
    inputs: inputs.get(`${request.type} ${request.name}`) ?? {},
  }));
  return { declared, lock, lockFile, notes: [...notes].sort() };
}

// The mocks are told neither parents nor dependencies; what the program sends to the monitor has both.
function recordRequests(): Omit<Declared, 'inputs'>[] {
  const requests: Omit<Declared, 'inputs'>[] = [];
  const monitor = getMonitor()!;
  const register = monitor.registerResource.bind(monitor) as (...args: unknown[]) => unknown;
  const recorded = (request: Parameters<typeof monitor.registerResource>[0], callback: Callback) =>
    register(request, (error: Error | null, response?: { getUrn(): string }) => {
      if (response) {
        requests.push({
          urn: response.getUrn(),
          type: request.getType(),
          name: request.getName(),
          parent: request.getParent(),
          dependencies: request.getDependenciesList(),
          sent: request.getObject()?.toJavaScript() as Record<string, unknown>,
        });
      }
      callback(error, response);
    });
  Object.assign(monitor, { registerResource: recorded });
  return requests;
}

type Callback = (error: Error | null, response?: unknown) => void;

// What the providers would give out: digests come from the lock, the rest stays unsaid.
function outputsOf({ type, inputs }: pulumi.runtime.MockResourceArgs, lock: Lock): Record<string, unknown> {
  if (type.startsWith('kubernetes:')) return { metadata: { ...inputs.metadata, uid: noUid } };
  if (type === 'command:local:Command') {
    const none = { certificate: '', key: '' };
    return { stdout: JSON.stringify({ ca: '', server: none, client: none }), stderr: '' };
  }
  if (type !== 'docker-build:index:Image') return {};
  const [tag = ''] = inputs.tags as string[];
  const key = tag.slice(tag.indexOf('/') + 1);
  // Bases are under repository and tag, services under the repository alone.
  const entry = lock.images[key] ?? lock.images[key.slice(0, key.lastIndexOf(':'))];
  return entry !== undefined && typeof entry !== 'string' ? { digest: entry.digest } : {};
}
