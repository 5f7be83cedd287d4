// Access from a kubeconfig. A file that holds certificates, tokens or a password itself is read here; what needs a
// program or a cloud's login is left to the library, which takes most of a second to load: every preview would pay it.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Access } from './kube.ts';
import { chooseContext, noCluster } from './kubeconfig-choice.ts';

interface Cluster {
  server: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
}

interface User {
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  [other: string]: unknown;
}

interface Kubeconfig {
  'current-context'?: string;
  contexts?: { name: string; context: { cluster: string; user?: string } }[];
  clusters?: { name: string; cluster: Cluster }[];
  users?: { name: string; user: User }[];
}

// Whatever else a user has (exec, auth-provider, impersonation) is the library's.
const READ_HERE = new Set([
  'client-certificate',
  'client-certificate-data',
  'client-key',
  'client-key-data',
  'token',
  'tokenFile',
  'username',
  'password',
]);

/**
 * Access to the cluster of `context` (default: the file's current one). `file`: default as with kubectl, $KUBECONFIG
 * and then ~/.kube/config. Throws one line that says what the file has.
 */
export async function accessFromKubeconfig(file?: string, context?: string): Promise<Access> {
  const files = file === undefined ? defaultFiles() : [file];
  const viaLibrary = async () => {
    const { accessByLibrary } = await import('./kubeconfig-library.ts');
    return accessByLibrary(files.length > 1 ? undefined : files[0], context);
  };
  if (files.length > 1) return viaLibrary();
  const where = files[0]!;
  const config = readKubeconfig(where);
  const contexts = config.contexts ?? [];
  const name = chooseContext(
    where,
    contexts.map(entry => entry.name),
    config['current-context'],
    context,
  );
  const chosen = contexts.find(entry => entry.name === name)!.context;
  const cluster = config.clusters?.find(entry => entry.name === chosen.cluster)?.cluster;
  if (!cluster?.server) throw noCluster(where, name);
  const user = config.users?.find(entry => entry.name === chosen.user)?.user ?? {};
  if (cluster['proxy-url'] || Object.keys(user).some(key => !READ_HERE.has(key))) return viaLibrary();
  return accessOf(cluster, user, dirname(resolve(where)));
}

function defaultFiles(): string[] {
  const named = (process.env.KUBECONFIG ?? '').split(delimiter).filter(Boolean);
  return named.length > 0 ? named : [join(homedir(), '.kube', 'config')];
}

function readKubeconfig(file: string): Kubeconfig {
  if (!existsSync(file)) throw new Error(`kubeconfig ${file} is not there`);
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    // Only the first line: the parser's message goes on with a part of the file, and the file holds keys.
    throw new Error(`kubeconfig ${file} can't be read: ${(error as Error).message.split('\n')[0]!.replace(/:$/, '')}`);
  }
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content as Kubeconfig;
  throw new Error(`kubeconfig ${file} can't be read: it is no map of contexts, clusters and users`);
}

function accessOf(cluster: Cluster, user: User, folder: string): Access {
  const content = (data: string | undefined, file: string | undefined): Buffer | undefined => {
    if (data) return Buffer.from(data, 'base64');
    return file ? readFileSync(resolve(folder, file)) : undefined;
  };
  const { token, tokenFile, username, password } = user;
  const authorization = (): string | undefined => {
    if (tokenFile) return `Bearer ${readFileSync(resolve(folder, tokenFile), 'utf8').trim()}`;
    if (token) return `Bearer ${token}`;
    return username ? `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` : undefined;
  };
  return {
    server: cluster.server,
    tls: {
      ca: content(cluster['certificate-authority-data'], cluster['certificate-authority']),
      cert: content(user['client-certificate-data'], user['client-certificate']),
      key: content(user['client-key-data'], user['client-key']),
      servername: cluster['tls-server-name'],
      ...(cluster['insecure-skip-tls-verify'] && { rejectUnauthorized: false }),
    },
    headers: async (): Promise<Record<string, string>> => {
      const value = authorization();
      return value === undefined ? {} : { authorization: value };
    },
  };
}
