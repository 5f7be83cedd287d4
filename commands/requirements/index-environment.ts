// Where packages come from on this machine: uv does not read pip's configuration, and a team's mirror stands there.
import { execute } from './execute.ts';

/** What uv is told for each of pip's settings. */
const names: Record<string, string> = {
  'index-url': 'UV_DEFAULT_INDEX',
  'extra-index-url': 'UV_INDEX',
  'trusted-host': 'UV_INSECURE_HOST',
  cert: 'SSL_CERT_FILE',
  proxy: 'ALL_PROXY',
};

/** uv's own older names of a variable. */
const older: Record<string, string> = { UV_DEFAULT_INDEX: 'UV_INDEX_URL', UV_INDEX: 'UV_EXTRA_INDEX_URL' };

/** pip's settings on this machine as variables for uv; what is set for uv already stays. Without pip there are none. */
export async function indexEnvironment(env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const text = await execute('python3', ['-m', 'pip', 'config', 'list'], env).catch(() => '');
  return fromPipConfig(text, env);
}

/** `text`: as `pip config list` prints it, `global.index-url='…'` a line; later sections rank before earlier ones. */
export function fromPipConfig(text: string, env: NodeJS.ProcessEnv): Record<string, string> {
  const found: Record<string, string> = {};
  for (const section of ['global', 'install', ':env:']) {
    for (const line of text.split('\n')) {
      const [, where, key, value] = /^([^.]+)\.([\w-]+)='(.*)'$/.exec(line.trim()) ?? [];
      const name = key === undefined ? undefined : names[key];
      if (where !== section || name === undefined || env[name] || env[older[name] ?? '']) continue;
      // Several stand on lines of their own, which pip prints as \n.
      found[name] = value!.replaceAll('\\n', ' ').trim();
    }
  }
  return found;
}
