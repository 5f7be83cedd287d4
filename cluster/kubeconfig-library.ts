// Access by way of the Kubernetes client library: exec plugins, clouds' logins, OIDC, proxies, merged files. Only the
// library's config module is taken.
import type https from 'node:https';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { Access } from './kube.ts';
import { chooseContext, noCluster } from './kubeconfig-choice.ts';

/** As accessFromKubeconfig; without `file`, all files of $KUBECONFIG together. */
export async function accessByLibrary(file?: string, context?: string): Promise<Access> {
  const config = new KubeConfig();
  if (file === undefined) config.loadFromDefault();
  else config.loadFromFile(file);
  const where = file ?? process.env.KUBECONFIG ?? '';
  const names = config.getContexts().map(entry => entry.name);
  const name = chooseContext(where, names, config.getCurrentContext(), context);
  config.setCurrentContext(name);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw noCluster(where, name);

  const options: https.RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, rejectUnauthorized, servername, agent } = options;
  return {
    server: cluster.server,
    tls: { ca, cert, key, servername, ...(rejectUnauthorized === false && { rejectUnauthorized }) },
    ...(cluster.proxyUrl && agent && { agent: agent as https.Agent }),
    headers: async () => {
      const fresh: https.RequestOptions = {};
      await config.applyToHTTPSOptions(fresh);
      const headers: Record<string, string> = {};
      for (const [header, value] of Object.entries(fresh.headers ?? {})) headers[header.toLowerCase()] = String(value);
      if (fresh.auth) headers.authorization ??= `Basic ${Buffer.from(fresh.auth).toString('base64')}`;
      return headers;
    },
  };
}
