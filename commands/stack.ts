// A stack as the commands that move digests see it: its settings, its registry, its lock.
import { resolve } from 'node:path';
import { credentialsFor } from '../images/credentials.ts';
import { RegistryClient, type RegistryOptions } from '../images/registry.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import { checkout, readStackFile, stackFile } from './stack-file.ts';

export interface Stack {
  settings: Settings;
  /** The stack's registry, as reached from here. */
  client: RegistryClient;
  /** Absolute path of the lock. Messages name it as the settings do. */
  lockFile: string;
}

/**
 * Opens `stack`. `folder`: where to look for its stack file, in place of the checkout. Throws on an unknown stack and on a
 * faulty configuration.
 */
export async function openStack(stack: string, folder?: string, options: RegistryOptions = {}): Promise<Stack> {
  const { values } = await readStackFile(stackFile(stack, folder && resolve(folder)));
  const settings = readSettings(stack, values);
  const { name, aliases, endpoint } = settings.registry;
  const endpoints = [{ name, aliases, url: endpoint }];
  const client = new RegistryClient({ endpoints, credentials: credentialsFor, ...options });
  return { settings, client, lockFile: resolve(checkout, settings.lock) };
}
