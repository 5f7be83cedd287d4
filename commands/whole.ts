// Looks at images of a stack's registry, and what to tell of what is wrong there.
import pMap from 'p-map';
import type { Digest } from '../images/digest.ts';
import type { Platform } from '../images/platform.ts';
import { RegistryError, UnreachableError } from '../images/registry.ts';
import { verifyIndex } from '../images/verify.ts';
import type { Stack } from './stack.ts';

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
export async function withSignIn<T>(stacks: readonly Stack[], act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const { message } = error as Error;
    const of = stacks.find(({ settings }) => message.includes(settings.registry.endpoint));
    if (!of || !isRefusal(error)) throw error;
    const { stack, registry } = of.settings;
    const host = new URL(registry.endpoint).host;
    throw new Error(
      `${message}\nThe registry of stack ${stack} does not let this user do that; sign in as one whom it lets: docker login ${host}`,
    );
  }
}

function isRefusal(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isRefusal);
  return error instanceof RegistryError && (error.status === 401 || error.status === 403);
}
