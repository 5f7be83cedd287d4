// What a person can do where a registry refuses.
import { RegistryError } from '../images/registry.ts';

export interface Refusing {
  /** As a sentence begins: `The registry of stack dev`. */
  what: string;
  /** Where it is reached: scheme, host, port. */
  url: string;
}

/** What `act` gives; where one of `registries` refuses, the error says how to sign in there. */
export async function orSignIn<T>(registries: readonly Refusing[], act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const { message } = error as Error;
    if (!isRefusal(error)) throw error;
    const of = registries.find(({ url }) => message.includes(`${url}/`));
    if (!of) throw error;
    throw new Error(
      `${message}\n${of.what} does not let this user do that; sign in as one whom it lets: ${loginAt(new URL(of.url).host)}`,
    );
  }
}

function isRefusal(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isRefusal);
  if (error instanceof RegistryError) return error.status === 401 || error.status === 403;
  return error instanceof Error && error.cause !== undefined && isRefusal(error.cause);
}

// Docker keeps the hub's password under a name that is no host of its registry.
function loginAt(host: string): string {
  return host === 'registry-1.docker.io' ? 'docker login' : `docker login ${host}`;
}
