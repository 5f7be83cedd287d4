// Access from a kubeconfig. The file's many ways to identify (certificates, tokens, exec plugins, OIDC) are left to
// the library; only its config module is loaded, because the rest of it takes a second to import.
import { existsSync } from 'node:fs';
import type https from 'node:https';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { Access } from './kube.ts';

/**
 * Access to the cluster of `context` (default: the file's current one). `file`: default as with kubectl, $KUBECONFIG
 * and then ~/.kube/config. Throws one line that lists the contexts there are.
 */
export async function accessFromKubeconfig(file?: string, context?: string): Promise<Access> {
  const config = new KubeConfig();
  if (file === undefined) config.loadFromDefault();
  else {
    if (!existsSync(file)) throw new Error(`kubeconfig ${file} is not there`);
    try {
      config.loadFromFile(file);
    } catch (error) {
      throw new Error(`kubeconfig ${file} can't be read: ${(error as Error).message}`);
    }
  }
  const where = file ?? (process.env.KUBECONFIG || '~/.kube/config');
  const names = config.getContexts().map(entry => entry.name);
  const wanted = context ?? config.getCurrentContext();
  if (!names.includes(wanted)) {
    const found = names.length > 0 ? `it has ${names.join(', ')}` : 'it has none';
    throw new Error(`kubeconfig ${where}: ${wanted ? `no context "${wanted}"` : 'no current context'}; ${found}`);
  }
  config.setCurrentContext(wanted);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error(`kubeconfig ${where}: context "${wanted}" names a cluster that the file does not have`);

  const options: https.RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, rejectUnauthorized, servername } = options;
  return {
    server: cluster.server,
    tls: { ca, cert, key, servername, ...(rejectUnauthorized === false && { rejectUnauthorized }) },
    headers: async () => {
      const fresh: https.RequestOptions = {};
      await config.applyToHTTPSOptions(fresh);
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(fresh.headers ?? {})) headers[name.toLowerCase()] = String(value);
      if (fresh.auth) headers.authorization ??= `Basic ${Buffer.from(fresh.auth).toString('base64')}`;
      return headers;
    },
  };
}
