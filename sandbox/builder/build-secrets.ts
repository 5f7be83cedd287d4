// What pip needs to know of this machine inside a build: how an index is reached, and whom to trust. It goes in as build
// secrets, so that no layer and no Dockerfile knows it.
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { homePaths, type SandboxConfig } from '../config.ts';
import type { Root } from '../rootfs/root.ts';

/** pip's settings about reaching an index; everything else is the Dockerfile's affair. */
const reach = ['index-url', 'extra-index-url', 'trusted-host', 'proxy', 'retries', 'timeout', 'default-timeout'];

/**
 * The secrets of docker/README.md by id: `ca-bundle` with the authorities that this machine trusts and Debian does not
 * (those of a proxy that opens TLS), and `pip-config` where the machine has settings for pip. `root`: a Debian tree.
 */
export async function buildSecrets(
  config: SandboxConfig,
  root: Pick<Root, 'path'>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Record<string, string>> {
  const [bundle, debian] = await Promise.all(
    [join(homePaths(config).pki, 'bundle.crt'), join(root.path, 'etc/ssl/certs/ca-certificates.crt')].map(file =>
      readFile(file, 'utf8'),
    ),
  );
  // All of them would be a quarter of a megabyte, and a stack's configuration is handed on in the environment.
  const own = extraAuthorities(bundle!, debian!);
  const home = env.HOME || homedir();
  const files = [
    '/etc/pip.conf',
    join(home, '.pip/pip.conf'),
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'pip/pip.conf'),
    ...(env.PIP_CONFIG_FILE ? [env.PIP_CONFIG_FILE] : []),
  ];
  const texts = await Promise.all(files.map(file => readFile(file, 'utf8').catch(() => '')));
  const settings = printPipConfig(texts, env);
  return { ...(own && { 'ca-bundle': own }), ...(settings && { 'pip-config': settings }) };
}

/** The certificates (PEM) of `bundle` that `known` does not hold. */
function extraAuthorities(bundle: string, known: string): string {
  const split = (text: string) => text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  const print = (pem: string) => new X509Certificate(pem).fingerprint256;
  const trusted = new Set(split(known).map(print));
  const own = new Map(split(bundle).map(pem => [print(pem), pem]));
  return [...own]
    .filter(([fingerprint]) => !trusted.has(fingerprint))
    .map(([, pem]) => `${pem}\n`)
    .join('');
}

/** The reach settings of pip's files, later ones first in rank, and of PIP_* above them, as one file; '' for none. */
export function printPipConfig(texts: readonly string[], env: NodeJS.ProcessEnv): string {
  const found = new Map<string, string>();
  for (const text of texts) {
    let section = '';
    for (const line of text.split('\n')) {
      section = /^\[(.+)\]\s*$/.exec(line)?.[1] ?? section;
      const [, key, value] = /^([\w-]+)\s*[=:]\s*(\S.*)$/.exec(line) ?? [];
      if (key && value && ['global', 'install'].includes(section)) found.set(key.replaceAll('_', '-'), value.trim());
    }
  }
  for (const key of reach) {
    const value = env[`PIP_${key.toUpperCase().replaceAll('-', '_')}`];
    if (value) found.set(key, value);
  }
  const lines = reach.flatMap(key => (found.has(key) ? [`${key} = ${found.get(key)}`] : []));
  return lines.length > 0 ? `[global]\n${lines.join('\n')}\n` : '';
}
