// A stack as the commands that move digests see it: its settings, its registry, its lock.
import { resolve } from 'node:path';
import { credentialsFor } from '../../images/credentials.ts';
import { RegistryClient, type RegistryOptions } from '../../images/registry.ts';
import type { Settings } from '../../settings/settings.ts';
import { checkout } from '../checkout.ts';
import { settingsOf } from '../stack-file.ts';

export interface Stack {
  settings: Settings;
  /** The stack's registry, as reached from here. */
  client: RegistryClient;
  /** Absolute path of the lock. Messages name it as the settings do. */
  lockFile: string;
}

/** Opens `stack`, as settingsOf (stack-file.ts) reads it. */
export async function openStack(stack: string, folder?: string, options: RegistryOptions = {}): Promise<Stack> {
  const settings = await settingsOf(stack, folder);
  const { name, aliases, endpoint } = settings.registry;
  const endpoints = [{ name, aliases, url: endpoint }];
  const client = new RegistryClient({ endpoints, credentials: credentialsFor, ...options });
  return { settings, client, lockFile: resolve(checkout, settings.lock) };
}
