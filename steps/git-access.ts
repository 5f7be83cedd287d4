// Who git is at the hosts that ask: tokens and keys of the stack, which the component mounts as one file. They reach git
// by files in a folder of their own, which goes when git is done: never by an argument, a URL or a log.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../cluster/one-line.ts';
import { StepFailure } from './failure.ts';
import type { GitSetting } from './git.ts';

/** For all repositories of a host. `url` has no path: `https://host[:port]`, `ssh://[user@]host[:port]`. */
export type GitCredential =
  | { url: string; username: string; token: string }
  | { url: string; key: string; knownHosts: string };

/** What git is given, and what it must not print. */
export interface GitAccess {
  settings: GitSetting[];
  env: Record<string, string>;
  secrets: string[];
  /** Takes the files away. */
  end(): Promise<void>;
}

/** `[{url, username, token} | {url, key, knownHosts}, …]`, as JSON. Throws one line, which quotes nothing, on all else. */
export function parseCredentials(text: string): GitCredential[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    // Said below, without the text.
  }
  const isText = (value: unknown) => typeof value === 'string' && value !== '';
  const fits = (one: Partial<Record<string, unknown>> | null) =>
    isText(one?.url) &&
    URL.canParse(one?.url as string) &&
    ((isText(one?.username) && isText(one?.token)) || (isText(one?.key) && isText(one?.knownHosts)));
  if (Array.isArray(list) && list.every(fits)) return list;
  throw new Error(`${text.length} characters that are no list of credentials`);
}

/** The credentials in `file`; none without a file. Throws a StepFailure where it can't be read. */
export async function readCredentials(file: string | undefined): Promise<GitCredential[]> {
  if (file === undefined) return [];
  try {
    return parseCredentials(await readFile(file, 'utf8'));
  } catch (error) {
    throw new StepFailure(`${file}: ${messageOf(error)}; set slipway:gitCredentials again, then \`pulumi up\``);
  }
}

/** Writes what git reads. Call `end` when git is done. */
export async function giveAccess(credentials: readonly GitCredential[]): Promise<GitAccess> {
  const folder = await mkdtemp(join(tmpdir(), 'git-access-'));
  const tokens = credentials.filter(one => 'token' in one);
  const keys = credentials.filter(one => 'key' in one);
  const write = async (name: string, text: string) => {
    const file = join(folder, name);
    await writeFile(file, text.replaceAll('\r\n', '\n').replace(/\n*$/, '\n'), { mode: 0o600 });
    return file;
  };
  // git asks by host, also after a redirect and for a submodule: another host is never told.
  const store = await write('tokens', tokens.map(tokenUrl).join('\n'));
  const hosts = await Promise.all(
    keys.map(async ({ url, key, knownHosts }, i) =>
      sshHost(url, await write(`key-${i}`, key), await write(`known-hosts-${i}`, knownHosts)),
    ),
  );
  const config = await write('ssh-config', [...hosts, sshElsewhere].join('\n'));
  return {
    settings: tokens.length > 0 ? [['credential.helper', `store --file=${quoted(store)}`]] : [],
    env: { GIT_SSH_COMMAND: `ssh -F ${quoted(config)}`, GIT_SSH_VARIANT: 'ssh' },
    secrets: tokens.flatMap(({ username, token }) => [
      token,
      encodeURIComponent(token),
      Buffer.from(`${username}:${token}`).toString('base64'),
    ]),
    end: () => rm(folder, { recursive: true, force: true }),
  };
}

function tokenUrl({ url, username, token }: { url: string; username: string; token: string }): string {
  return url.replace('://', `://${encodeURIComponent(username)}:${encodeURIComponent(token)}@`);
}

function sshHost(url: string, key: string, knownHosts: string): string {
  const { hostname } = new URL(url);
  const lines = [`IdentityFile "${key}"`, 'IdentitiesOnly yes', `UserKnownHostsFile "${knownHosts}"`];
  return [`Host ${hostname}`, ...lines.map(line => `  ${line}`)].join('\n');
}

// ssh takes the first value that it finds: what a host says above goes before this.
const sshElsewhere = [
  'Host *',
  '  BatchMode yes',
  '  StrictHostKeyChecking yes',
  '  UserKnownHostsFile /dev/null',
  '  GlobalKnownHostsFile /dev/null',
  '  ConnectTimeout 30',
  '  ServerAliveInterval 15',
].join('\n');

// git hands both to a shell.
function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
