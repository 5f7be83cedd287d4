// The git server as a process of the sandbox, configured as a team's git host would be: which repositories there are,
// and where each push is reported.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { INSIDE } from './cluster/layout.ts';
import type { InsideScript } from './cluster/prepare.ts';
import { homePaths, NETWORK, type SandboxConfig } from './config.ts';
import type { GitSettings } from './git/settings.ts';
import { writeWhole } from './supervisor/record.ts';
import { until } from './until.ts';

const secretName = 'webhook-secret';
const tokenName = 'private-token';

export async function gitScript(config: SandboxConfig): Promise<InsideScript> {
  await Promise.all([webhookSecret(config), privateToken(config)]);
  const settings: GitSettings = {
    root: INSIDE.state.git,
    repositories: [
      { name: 'cerebral', fullName: 'baerautotech/cerebral' },
      // Empty, for whoever tries a repository that asks for credentials.
      { name: 'private', fullName: 'baerautotech/private', tokenFile: join(INSIDE.state.git, tokenName) },
    ],
    listen: { host: NETWORK.nodeIP, port: NETWORK.gitPort },
    publicUrl: `http://${NETWORK.nodeIP}:${NETWORK.gitPort}`,
    secretFile: join(INSIDE.state.git, secretName),
    webhooks: [`http://slipway-push.tekton-pipelines.svc.${NETWORK.clusterDomain}:8080`],
    resolver: NETWORK.dnsIP,
  };
  return {
    name: 'git',
    entry: fileURLToPath(new URL('./git/main.ts', import.meta.url)),
    args: [JSON.stringify(settings)],
  };
}

/** Resolves when it serves. */
export const gitReady = (config: SandboxConfig, signal?: AbortSignal) =>
  until(
    'the git server',
    async () => {
      const response = await fetch(`http://127.0.0.1:${config.ports.git}/cerebral.git/HEAD`, { signal });
      return response.ok || `it answers ${response.status}`;
    },
    { limit: 60_000, hint: `see ${join(homePaths(config).clusterLogs, 'git.log')}`, signal },
  );

/** What signs the webhooks. */
export const webhookSecret = (config: SandboxConfig): Promise<string> => secretOf(config, secretName);

/** What opens the private repository, to any user. */
export const privateToken = (config: SandboxConfig): Promise<string> => secretOf(config, tokenName);

// Made at the first call, for its owner alone, and kept.
async function secretOf(config: SandboxConfig, name: string): Promise<string> {
  const file = join(homePaths(config).state, 'git', name);
  if (!existsSync(file)) writeWhole(file, randomBytes(24).toString('base64url'), 0o600);
  return readFile(file, 'utf8');
}
