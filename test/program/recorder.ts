// Runs a piece of the program against mocks and records what it registers. Mocks show inputs and wiring; they can't show
// that a provider or a cluster accepts them, which is the business of test/engine and test/cluster.
import * as pulumi from '@pulumi/pulumi';
import { keys } from '../../settings/keys.ts';

export type Recorded = pulumi.runtime.MockResourceArgs;

export interface World {
  /** Outputs by type: what a provider would add to the inputs. */
  outputs?: (args: Recorded) => Record<string, unknown>;
  preview?: boolean;
  stack?: string;
  config?: Record<string, string>;
  /** Full keys of what is encrypted in the stack file; default: all secrets. */
  secretKeys?: string[];
}

const secretKeys = keys.filter(({ secret }) => secret).map(({ name }) => `slipway:${name}`);

/** Every custom resource that `declare` registers, in no particular order; inputs without secrets' marks. */
export async function record(declare: () => unknown, world: World = {}): Promise<Recorded[]> {
  const recorded: Recorded[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: args => {
        if (args.custom) recorded.push({ ...args, inputs: plain(args.inputs) as Recorded['inputs'] });
        return { id: `${args.name}-id`, state: { ...args.inputs, ...world.outputs?.(args) } };
      },
      call: args => {
        throw new Error(`nothing is asked of a provider here, and ${args.token} was`);
      },
    },
    'slipway',
    world.stack ?? 'local',
    world.preview ?? false,
  );
  pulumi.runtime.setAllConfig(world.config ?? {}, world.secretKeys ?? secretKeys);
  try {
    await declare();
  } finally {
    // A component whose constructor threw is registered all the same, and must not reach the next test's mocks.
    await pulumi.runtime.disconnect();
  }
  return recorded;
}

/** The one resource of `type` (the end of its token is enough) called `name`. */
export function only(recorded: readonly Recorded[], type: string, name?: string): Recorded {
  const found = recorded.filter(
    resource => resource.type.endsWith(type) && (name === undefined || resource.name === name),
  );
  if (found.length === 1) return found[0]!;
  const all = recorded.map(resource => `${resource.type} ${resource.name}`).join('\n  ');
  throw new Error(`${found.length} resources are a ${type} ${name ?? ''}; expected one. Registered:\n  ${all}`);
}

/** How many of each type: `{ Deployment: 1, Service: 1 }`. */
export function counts(recorded: readonly Recorded[]): Record<string, number> {
  const count: Record<string, number> = {};
  for (const { type, inputs } of recorded) {
    const kind = (inputs.kind as string | undefined) ?? type.split(':').at(-1)!;
    count[kind] = (count[kind] ?? 0) + 1;
  }
  return count;
}

function plain(value: unknown): unknown {
  if (pulumi.runtime.isRpcSecret(value)) return plain(pulumi.runtime.unwrapRpcSecret(value));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || pulumi.isUnknown(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
