// Credentials as `docker login` keeps them, so that users have one place for them.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DOCKER_HUB } from './reference.ts';

/** Who to be at a registry. User name `<token>`: the password is an identity (refresh) token. */
export interface Credentials {
  username: string;
  password: string;
}

export interface DockerConfig {
  auths?: Record<string, { auth?: string; username?: string; password?: string; identitytoken?: string }>;
  credHelpers?: Record<string, string>;
  credsStore?: string;
}

const HELPER_TIMEOUT = 10_000;
// The key under which Docker's clients keep the hub's credentials.
const HUB_KEY = 'https://index.docker.io/v1/';

/**
 * What the docker config ($DOCKER_CONFIG/config.json, else ~/.docker/config.json) has for `host` (host or host:port,
 * docker.io for the hub), or undefined. Order as with docker: credHelpers, credsStore, auths. Throws one line on a
 * config that cannot be read and a helper that fails.
 */
export async function credentialsFor(host: string): Promise<Credentials | undefined> {
  const file = join(process.env.DOCKER_CONFIG || join(homedir(), '.docker'), 'config.json');
  const config = await readConfig(file);
  if (!config) return undefined;
  const keys = keysOf(host);
  for (const key of keys) {
    const helper = config.credHelpers?.[key];
    if (helper) return askHelper(helper, key);
  }
  if (config.credsStore) {
    for (const key of keys) {
      const stored = await askHelper(config.credsStore, key);
      if (stored) return stored;
    }
  }
  return entryFor(config, host, file);
}

/** What `config` itself has for `host`, helpers left out. `file`: what messages call it. Throws one line on a faulty entry. */
export function entryFor(config: DockerConfig, host: string, file: string): Credentials | undefined {
  const keys = keysOf(host);
  for (const [key, entry] of Object.entries(config.auths ?? {})) {
    if (!keys.includes(key) && !keys.includes(hostOf(key))) continue;
    const found = entryOf(entry, file, key);
    if (found) return found;
  }
  return undefined;
}

/** A docker config from its text; undefined where it is none. No message shows a part of it: it holds passwords. */
export function dockerConfigOf(text: string): DockerConfig | undefined {
  try {
    const config: unknown = JSON.parse(text);
    if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config;
  } catch {
    // Told as undefined: the parser's own message would show what it has read.
  }
  return undefined;
}

function keysOf(host: string): string[] {
  return host === DOCKER_HUB || host === 'registry-1.docker.io' ? [HUB_KEY, 'index.docker.io', DOCKER_HUB] : [host];
}

function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

async function readConfig(file: string): Promise<DockerConfig | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${file} can't be read: ${(error as Error).message}`);
  }
  const config = dockerConfigOf(text);
  if (config) return config;
  throw new Error(`${file} is not a JSON object; write it again with docker login, or remove it`);
}

function entryOf(
  entry: NonNullable<DockerConfig['auths']>[string],
  file: string,
  key: string,
): Credentials | undefined {
  if (entry.identitytoken) return { username: '<token>', password: entry.identitytoken };
  if (entry.username && entry.password) return { username: entry.username, password: entry.password };
  if (!entry.auth) return undefined; // docker leaves an empty entry where a helper holds the secret
  const decoded = Buffer.from(entry.auth, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon <= 0)
    throw new Error(`${file}: auths["${key}"].auth is not base64 of user:password; run docker login ${key}`);
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

async function askHelper(helper: string, key: string): Promise<Credentials | undefined> {
  const program = `docker-credential-${helper}`;
  const { code, output, fault } = await run(program, key);
  if (fault === 'ENOENT') throw new Error(`${program} is not on the PATH; the docker config names it for ${key}`);
  // Helpers say that they know nothing by a failure with this text.
  if (code !== 0 && /credentials not found/i.test(output)) return undefined;
  if (code !== 0)
    throw new Error(`${program} get ${key} failed: ${fault ?? (output.trim().slice(0, 200) || `exit status ${code}`)}`);
  try {
    const { Username, Secret } = JSON.parse(output) as { Username?: unknown; Secret?: unknown };
    if (typeof Username === 'string' && typeof Secret === 'string') return { username: Username, password: Secret };
  } catch {
    // Said below, without the output: it may hold the secret.
  }
  throw new Error(`${program} get ${key}: its answer has no Username and Secret`);
}

function run(program: string, input: string): Promise<{ code: number; output: string; fault?: string }> {
  return new Promise(resolve => {
    const child = execFile(program, ['get'], { timeout: HELPER_TIMEOUT }, (error, stdout) => {
      if (!error) return resolve({ code: 0, output: stdout });
      const { code, killed } = error;
      if (killed) return resolve({ code: 1, output: '', fault: `no answer within ${HELPER_TIMEOUT / 1000} s` });
      resolve({
        code: typeof code === 'number' ? code : 1,
        output: stdout,
        ...(typeof code === 'string' && { fault: code }),
      });
    });
    // A helper that ends without reading breaks the pipe; its exit status tells the story.
    child.stdin?.on('error', () => {}).end(input);
  });
}
