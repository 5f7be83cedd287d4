// Makes what lies outside the cluster, on the machine's side: programs, configuration, passwords, objects. The processes
// inside wait for it.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import bcrypt from 'bcryptjs';
import { stringify } from 'yaml';
import { externalCredentials, storeCredentials } from '../builder/docker-config.ts';
import { INSIDE } from '../cluster/layout.ts';
import { homePaths, NETWORK, type SandboxConfig } from '../config.ts';
import type { ToolPaths } from '../images/recipes/recipe.ts';
import { writeWhole } from '../supervisor/record.ts';
import { until } from '../until.ts';
import { printChecksums, writeObjects } from './objects.ts';
import { outsideAt, outsideFiles } from './processes.ts';

/** Writes everything below state/outside, and last the file that starts the processes. What is there stays. */
export async function makeOutside(config: SandboxConfig, tools: ToolPaths): Promise<void> {
  const at = (name: keyof typeof outsideFiles) => join(homePaths(config).state, 'outside', outsideFiles[name]);
  const programs = { registryProgram: tools.path('registry'), storeProgram: tools.path('s3') };
  const registry = printExternalConfig();
  const [external, store] = await Promise.all([externalCredentials(config), storeCredentials(config)]);
  const objects = await freshObjects(at('objects'));
  const content = [Object.values(programs), registry, external, store, objects.checksums];
  const made = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  if (existsSync(at('made')) && readFileSync(at('made'), 'utf8') === made) return objects.drop();
  for (const [name, path] of Object.entries(programs)) await install(path, at(name as keyof typeof programs));
  writeWhole(at('registryConfig'), registry);
  writeWhole(at('htpasswd'), `${external.username}:${await bcrypt.hash(external.password, 5)}\n`, 0o600);
  writeWhole(at('storeKeys'), `${store.username}:${store.password}\n`, 0o600);
  await objects.lay();
  writeWhole(at('made'), made);
}

/** The objects, made beside their place. */
async function freshObjects(folder: string) {
  const partial = `${folder}.partial`;
  const drop = () => rm(partial, { recursive: true, force: true });
  await drop();
  await writeObjects(partial);
  return {
    checksums: await printChecksums(partial),
    drop,
    lay: async () => {
      await rm(folder, { recursive: true, force: true });
      await rename(partial, folder);
    },
  };
}

/** A program that runs is never written to. */
async function install(program: string, place: string): Promise<void> {
  await mkdir(dirname(place), { recursive: true });
  await copyFile(program, `${place}.partial`);
  await chmod(`${place}.partial`, 0o755);
  await rename(`${place}.partial`, place);
}

/** The registry's configuration, with the paths that it has inside. */
export function printExternalConfig(): string {
  return stringify({
    version: 0.1,
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: outsideAt('registryStorage') }, delete: { enabled: true } },
    auth: { htpasswd: { realm: 'external', path: outsideAt('htpasswd') } },
    http: {
      addr: `${NETWORK.nodeIP}:${NETWORK.externalPort}`,
      tls: { certificate: `${INSIDE.pki}/external.crt`, key: `${INSIDE.pki}/external.key` },
    },
  });
}

/** Resolves when registry and store answer on the machine's ports. */
export async function outsideReady(config: SandboxConfig, signal?: AbortSignal): Promise<void> {
  const { clusterLogs, pki } = homePaths(config);
  const wait = (what: string, log: string, ask: () => Promise<true | string>) =>
    until(what, ask, { limit: 30_000, hint: `see ${join(clusterLogs, log)}`, signal });
  const ca = await readFile(join(pki, 'ca.crt'));
  await Promise.all([
    wait('the registry outside the cluster', 'external.log', () => asksWho(config.ports.external, ca)),
    wait('the store of objects', 's3.log', async () => {
      const { status } = await fetch(`http://127.0.0.1:${config.ports.s3}/`, { signal });
      return status === 403 || `it answers ${status}`;
    }),
  ]);
}

/** Whether a registry that wants a password is there. */
function asksWho(port: number, ca: Buffer): Promise<true | string> {
  return new Promise((resolve, reject) => {
    const get = request({ host: '127.0.0.1', port, path: '/v2/', ca, agent: false, timeout: 5000 }, answer => {
      answer.resume();
      resolve(answer.statusCode === 401 || `it answers ${answer.statusCode}`);
    });
    get.on('timeout', () => get.destroy(new Error('no answer within 5 s')));
    get.on('error', reject);
    get.end();
  });
}
