// A real registry (distribution) as a process of this machine, for tests that a fake can't carry.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Digest, digestOf } from '../../images/digest.ts';

const START_TIMEOUT = 20_000;

export interface RegistryProcess {
  url: string;
  /** Uploads a blob the way a client does, and gives its digest. */
  upload(repository: string, bytes: Buffer): Promise<Digest>;
  stop(): Promise<void>;
}

/** Starts a registry with deletion on, and Basic authentication where `htpasswd` (one line) is given. */
export function startRegistry(htpasswd?: string, authorization?: string): Promise<RegistryProcess> {
  const config = {
    version: '0.1',
    log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: 'data' }, delete: { enabled: true } },
    http: { addr: '127.0.0.1:0' },
    ...(htpasswd && { auth: { htpasswd: { realm: 'test', path: 'htpasswd' } } }),
  };
  return serveRegistry(config, { files: htpasswd ? { htpasswd: `${htpasswd}\n` } : {}, authorization });
}

/** Serves `config`, whose relative paths lie in a folder of its own with `files`; a port 0 is chosen by the system. */
export async function serveRegistry(
  config: object,
  options: { files?: Record<string, string>; env?: Record<string, string>; authorization?: string } = {},
): Promise<RegistryProcess> {
  const binary = process.env.SLIPWAY_REGISTRY_BIN;
  if (!binary) {
    throw new Error('SLIPWAY_REGISTRY_BIN is not set; it is the path of the registry program (distribution v3)');
  }
  const { files = {}, env, authorization } = options;
  const folder = mkdtempSync(join(tmpdir(), 'slipway-registry-'));
  // JSON is YAML.
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(config));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const child = spawn(binary, ['serve', 'config.yml'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none', ...env },
  });
  const ended = new Promise<void>(resolve => child.on('close', () => resolve()));
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
  };
  const url = await new Promise<string>((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error(`the registry did not start: ${output}`)), START_TIMEOUT);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      // The line's end tells whether it is TLS.
      const [, found, tls] = /listening on (127\.0\.0\.1:\d+)(, tls)?\\?"/.exec(output) ?? [];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(`${tls ? 'https' : 'http'}://${found}`);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', reject);
    child.on('close', code => reject(new Error(`the registry ended with ${code}: ${output}`)));
  }).catch(async error => {
    await stop();
    throw error;
  });
  const headers = authorization ? { authorization } : undefined;
  const upload = async (repository: string, bytes: Buffer): Promise<Digest> => {
    const digest = digestOf(bytes);
    const opened = await fetch(`${url}/v2/${repository}/blobs/uploads/`, { method: 'POST', headers });
    const target = new URL(opened.headers.get('location') ?? '', url);
    target.searchParams.set('digest', digest);
    const put = await fetch(target, { method: 'PUT', headers, body: Uint8Array.from(bytes) });
    if (put.status !== 201) throw new Error(`upload of ${digest}: ${put.status} ${await put.text()}`);
    return digest;
  };
  return { url, upload, stop };
}
