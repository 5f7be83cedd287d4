// Looks at images of a stack's registry, and what to tell of what is wrong there.
import pMap from 'p-map';
import type { Digest } from '../images/digest.ts';
import type { Platform } from '../images/platform.ts';
import { RegistryError, UnreachableError } from '../images/registry.ts';
import { verifyIndex } from '../images/verify.ts';
import type { Stack } from './locks/stack.ts';
import { orSignIn } from './sign-in.ts';

const PARALLEL = 16;

/** That the stack's registry has each of `images` as an index with all of `platforms`. Throws one error with all faults. */
export async function checkWhole(
  { client, settings }: Stack,
  images: readonly { repository: string; digest: Digest }[],
  platforms: readonly Platform[],
): Promise<void> {
  await allOrFaults(images, async image => {
    try {
      await verifyIndex(client, { registry: settings.registry.name, ...image }, platforms);
    } catch (error) {
      if (error instanceof RegistryError || error instanceof UnreachableError) throw error;
      throw new Error(`registry of stack ${settings.stack}: ${(error as Error).message}`);
    }
  });
}

/** `act` for all of `items`; throws one error with the messages of all that failed, each once. */
export async function allOrFaults<T>(items: readonly T[], act: (item: T, i: number) => Promise<void>): Promise<void> {
  const faults: Error[] = [];
  const act_ = (item: T, i: number) => act(item, i).catch((error: Error) => void faults.push(error));
  await pMap(items, act_, { concurrency: PARALLEL });
  if (faults.length === 0) return;
  if (faults.length === 1) throw faults[0];
  throw new AggregateError(faults, [...new Set(faults.map(({ message }) => message))].join('\n'));
}

/** What `act` gives; where a registry of `stacks` refuses, the error says what a person can do about it. */
export function withSignIn<T>(stacks: readonly Stack[], act: () => Promise<T>): Promise<T> {
  const registries = stacks.map(({ settings: { stack, registry } }) => ({
    what: `The registry of stack ${stack}`,
    url: registry.endpoint,
  }));
  return orSignIn(registries, act);
}
