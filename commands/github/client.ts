// GitHub's REST API, as far as the workflows need it: https://docs.github.com/rest

export interface GitHub {
  get<T>(path: string): Promise<T>;
  /** All pages of a list. */
  list<T>(path: string): Promise<T[]>;
  send(method: 'POST' | 'PATCH', path: string, body: object): Promise<void>;
}

const PAGE = 100;
/** Pages of a list at most: a pull request with more comments than this is no conversation. */
const PAGES = 30;

/**
 * The repository that a workflow runs for, by its environment: GITHUB_REPOSITORY, GITHUB_TOKEN, GITHUB_API_URL. Paths
 * are below it. Throws one line on a variable that is missing, and on every answer that is no success.
 */
export function githubOf(env: NodeJS.ProcessEnv): GitHub {
  const { GITHUB_REPOSITORY: repository = '', GITHUB_TOKEN: token = '' } = env;
  const api = env.GITHUB_API_URL ?? 'https://api.github.com';
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository))
    throw new Error(`GITHUB_REPOSITORY: found "${repository}"; expected owner/name, as a workflow has it`);
  if (token === '')
    throw new Error('GITHUB_TOKEN is not set; in a workflow: env: { GITHUB_TOKEN: ${{ github.token }} }');

  const ask = async (method: string, path: string, body?: object): Promise<Response> => {
    const answer = await fetch(`${api}/repos/${repository}/${path}`, {
      method,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'x-github-api-version': '2022-11-28',
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (answer.ok) return answer;
    const said = await answer.text();
    throw new Error(
      `GitHub answered ${answer.status} to ${method} ${path}: ${reasonIn(said)}${answer.status === 403 ? "; the job's permissions may lack it, and a fork's token only reads" : ''}`,
    );
  };
  const get = async <T>(path: string) => (await (await ask('GET', path)).json()) as T;
  return {
    get,
    list: async <T>(path: string) => {
      const all: T[] = [];
      for (let page = 1; page <= PAGES; page++) {
        const some = await get<T[]>(`${path}${path.includes('?') ? '&' : '?'}per_page=${PAGE}&page=${page}`);
        all.push(...some);
        if (some.length < PAGE) break;
      }
      return all;
    },
    send: async (method, path, body) => void (await ask(method, path, body)),
  };
}

function reasonIn(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: string }).message ?? '');
  } catch {
    return body.slice(0, 200).replace(/\s+/g, ' ');
  }
}
