// A stack file as Pulumi would hand it to the program, for those who run without Pulumi.
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { didYouMean } from '../images/nearest.ts';
import { secretKeys } from '../settings/check-workloads.ts';
import { keys } from '../settings/keys.ts';
import { namespace, readSettings, type Settings } from '../settings/settings.ts';
import { findSystem, systemNames } from '../systems/lookup.ts';
import type { System } from '../systems/types.ts';
import { checkout } from './checkout.ts';

/** The stacks that have a file in `folder`, sorted. */
export function stackNames(folder = checkout): string[] {
  const files = globSync('Pulumi.*.yaml', { cwd: folder });
  return files.map(file => file.slice('Pulumi.'.length, -'.yaml'.length)).sort();
}

/** The file of `stack`, `folder`: in place of the checkout. Throws one line that lists the stacks where it is none of them. */
export function stackFile(stack: string, folder = checkout): string {
  const stacks = stackNames(folder);
  if (stacks.includes(stack)) return join(folder, `Pulumi.${stack}.yaml`);
  const where = folder === checkout ? '' : ` in ${folder}`;
  const others = stacks.length > 0 ? `there are ${stacks.join(', ')}${didYouMean(stack, stacks)}` : 'there is none';
  throw new Error(`there is no stack "${stack}"${where}; ${others}`);
}

type Values = Record<string, unknown>;

const secretText = '(secret)';
const [secretUser, secretHash] = ['secret', '$2b$04$wFLn9GC/R3Y5xU30qE0pDOy4pXeen08YmChP0/jgUuHR86qzEXipW'];

/** What stands in place of secrets, which a run without Pulumi neither has nor shows: each holds one of these texts. */
export const secretTexts: readonly string[] = [
  secretText,
  secretHash,
  Buffer.from(`${secretUser}:${secretText}`).toString('base64'),
];

/** They pass the settings' checks. */
const placeholders: Values = {
  registryTls: { certificate: secretText, key: secretText },
  // The hash is of the password below: whether they fit is checked.
  registryHtpasswd: `${secretUser}:${secretHash}`,
  registryCredentials: { username: secretUser, password: secretText },
  registryS3: { accessKey: secretText, secretKey: secretText },
  webhookSecret: secretText,
};

/**
 * The configuration in `file`, texts by full key, with the defaults of `project`, and with placeholders for what is
 * encrypted or kept elsewhere: their keys are `secretKeys`.
 */
export async function readStackFile(
  file: string,
  project = join(checkout, 'Pulumi.yaml'),
): Promise<{ values: Record<string, string>; secretKeys: string[] }> {
  const config = await configOf(file);
  const encrypted = keys.filter(({ name, secret }) => secret && isEncrypted(config[full(name)]));
  const values: Values = { ...(await defaults(project)), ...withoutCiphers(config) };
  const kept = keys.filter(({ name, secret }) => {
    const wanted = name in placeholders && mayHave(config, name);
    return secret && wanted && (config[full(name)] === undefined || encrypted.some(key => key.name === name));
  });
  for (const { name } of kept) values[full(name)] = placeholders[name];
  const named = fillNamed(config, values);
  return {
    values: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, textOf(value)])),
    secretKeys: [...new Set([...encrypted, ...kept].map(({ name }) => name).concat(named))].map(full),
  };
}

/** The settings of a stack, placeholders in place of its secrets. Throws as stackFile does, and every fault of the file. */
export async function settingsOf(stack: string, folder?: string): Promise<Settings> {
  const { values } = await readStackFile(stackFile(stack, folder && resolve(folder)));
  return readSettings(stack, values);
}

/** Whether the stack has any use for the secret. */
function mayHave(config: Values, name: string): boolean {
  const external = isObject(config[full('registry')]) && (config[full('registry')] as Values).external === true;
  if (['registryTls', 'registryHtpasswd', 'registryS3'].includes(name)) return !external;
  if (name !== 'webhookSecret') return true;
  return config[full('digests')] !== 'lock' && (systemOf(config)?.builtBy ?? 'pipeline') === 'pipeline';
}

function systemOf(config: Values): System | undefined {
  const name = String(config[full('system')]);
  return systemNames.includes(name) ? findSystem(name) : undefined;
}

/** Gives values to the secrets that the file only names; gives the keys that have some. */
function fillNamed(config: Values, values: Values): string[] {
  const wanted = secretKeys(systemOf(config)?.services ?? []);
  const fill = (name: string, keysOf: (entry: string) => Iterable<string>): string[] => {
    const entries = Object.entries(isObject(config[full(name)]) ? (config[full(name)] as Values) : {});
    if (entries.length === 0) return [];
    const filled = entries.map(([entry, value]) => {
      const standIns = Object.fromEntries([...keysOf(entry)].map(key => [key, secretText]));
      return [entry, { ...standIns, ...(isObject(value) ? withoutCiphers(value) : {}) }];
    });
    values[full(name)] = Object.fromEntries(filled);
    return [name];
  };
  return [
    ...fill('secrets', entry => wanted.get(entry) ?? []),
    ...fill('volumeKeys', () => ['accessKey', 'secretKey']),
  ];
}

const full = (name: string) => `${namespace}:${name}`;
const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

async function configOf(file: string): Promise<Values> {
  const document = parse(await readFile(file, 'utf8')) as { config?: Values } | null;
  return document?.config ?? {};
}

const read = new Map<string, Promise<Values>>();

/** Read once: some commands look at every stack, and the file takes longer than theirs. */
function defaults(project: string): Promise<Values> {
  const values = read.get(project) ?? readDefaults(project);
  read.set(project, values);
  return values;
}

async function readDefaults(project: string): Promise<Values> {
  const declared = await configOf(project);
  return Object.fromEntries(
    Object.entries(declared).map(([name, key]) => [full(name), (key as { default: unknown }).default]),
  );
}

const isObject = (value: unknown): value is Values => typeof value === 'object' && value !== null;

function isEncrypted(value: unknown): boolean {
  return isObject(value) && ('secure' in value || Object.values(value).some(isEncrypted));
}

function withoutCiphers<T>(value: T): T {
  if (!isObject(value)) return value;
  if (Array.isArray(value)) return value.map(withoutCiphers) as T;
  if ('secure' in value) return secretText as T;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutCiphers(item)])) as T;
}
