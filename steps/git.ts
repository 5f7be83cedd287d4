// git, called so that nothing of the pod or of the repository decides how it behaves: no prompts, no configuration
// but the stack's own, no secret in what it says.
import { type RunResult, run } from './exec.ts';
import type { GitAccess } from './git-access.ts';

/** One entry of git's configuration, for example `['url.http://mirror/.insteadOf', 'https://github.com/']`. */
export type GitSetting = [key: string, value: string];

export interface Git {
  (...args: string[]): Promise<RunResult>;
  /** `text` without the credentials of the URL and of the stack's git settings. */
  redact(text: string): string;
}

export interface GitPlace {
  /** The repository's own folder. Apart from the work tree, so that `COPY . .` never copies history into an image. */
  gitDir: string;
  workTree: string;
  home: string;
  settings: readonly GitSetting[];
  /** Who git is at the hosts that ask. */
  access?: Omit<GitAccess, 'end'>;
  /** Texts that must not be printed besides those of `settings`; URLs lose only their credentials. */
  secrets?: readonly string[];
  /** Milliseconds after which a single call is ended. */
  timeout: number;
  env: NodeJS.ProcessEnv;
}

/** `url` without user name and password. */
export function withoutCredentials(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^/@]*@/, '$1');
}

/** A function that calls git on one repository. Results carry redacted lines. */
export function makeGit(place: GitPlace): Git {
  const env = gitEnv(place);
  const written = [...place.settings.flat(), ...(place.secrets ?? [])].flatMap(secretsOf);
  const hidden = [...written, ...(place.access?.secrets ?? [])].sort((a, b) => b.length - a.length);
  const redact = (text: string) =>
    hidden.reduce((line, secret) => line.replaceAll(secret, '***'), text).replace(/(\/\/)[^/@\s]+@/g, '$1***@');
  const git = async (...args: string[]) => {
    const signal = AbortSignal.timeout(place.timeout);
    const result = await run('git', args, { cwd: place.workTree, env, signal });
    const lines = result.lines.map(redact);
    if (signal.aborted) lines.push(`fatal: git ${args[0]} took longer than ${place.timeout / 1000} s`);
    return { ...result, lines };
  };
  return Object.assign(git, { redact });
}

function gitEnv({ gitDir, workTree, home, settings, access, env }: GitPlace): NodeJS.ProcessEnv {
  // GIT_* of the surroundings would lead git elsewhere (a hook of an outer repository sets GIT_DIR, for one).
  const kept = Object.fromEntries(Object.entries(env).filter(([key]) => !/^GIT_(?!SSL_)/.test(key)));
  const all: GitSetting[] = [
    ['http.lowSpeedLimit', '1000'],
    ['http.lowSpeedTime', '30'],
    ['advice.detachedHead', 'false'],
    ...settings,
    ...(access?.settings ?? []),
  ];
  return {
    ...kept,
    LC_ALL: 'C',
    HOME: home,
    GIT_DIR: gitDir,
    GIT_WORK_TREE: workTree,
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    ...access?.env,
    // A repository must not be able to name a local file or a program as its origin.
    GIT_ALLOW_PROTOCOL: 'http:https:ssh',
    GIT_CONFIG_COUNT: String(all.length),
    ...Object.fromEntries(
      all.flatMap(([key, value], i) => [
        [`GIT_CONFIG_KEY_${i}`, key],
        [`GIT_CONFIG_VALUE_${i}`, value],
      ]),
    ),
  };
}

// What a URL or a header setting has of secrets: userinfo, and the credentials of an Authorization header.
function secretsOf(text: string): string[] {
  const userinfo = [...text.matchAll(/\/\/([^/@\s]+)@/g)].flatMap(match => [
    match[1]!,
    ...match[1]!.split(':').slice(1),
  ]);
  const header = /^\s*(?:authorization|private-token)\s*:\s*(?:\w+\s+)?(\S+)\s*$/i.exec(text);
  return [...userinfo, ...(header ? [header[1]!] : [])].filter(secret => secret.length > 3);
}
