// A registry's 401 names how to identify oneself: Basic, or a Bearer token from a token server.
import type { Credentials } from './credentials.ts';
import { errorOf } from './registry-errors.ts';

/** One challenge of a WWW-Authenticate header; scheme and parameter names in lower case. */
export interface Challenge {
  scheme: string;
  parameters: Record<string, string>;
}

/** What a client needs to identify itself; `fetch` is the caller's, so that its timeout and retries hold here too. */
export interface Identification {
  origin: string;
  credentials: Credentials | undefined;
  fetch(url: string, init?: RequestInit): Promise<{ status: number; body: string }>;
}

// A docker config's identity token is a refresh token, and comes under this user name from a credential helper.
const IDENTITY_TOKEN_USER = '<token>';

/** The challenges of a WWW-Authenticate header, in its order; several may stand in one header. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  const pattern = /([a-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([a-z][a-z0-9_-]*)(?=\s|,|$)/gi;
  for (const [, name, quoted, bare, scheme] of header.matchAll(pattern)) {
    if (scheme) challenges.push({ scheme: scheme.toLowerCase(), parameters: {} });
    else {
      const parameters = challenges.at(-1)?.parameters;
      if (parameters && name) parameters[name.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '';
    }
  }
  return challenges;
}

/**
 * The Authorization header that answers `header`, or undefined where credentials are wanted and there are none.
 * Throws a RegistryError when the token server refuses, and an Error on a token server that must not see a password.
 */
export async function answerChallenge(header: string, who: Identification): Promise<string | undefined> {
  const challenges = parseChallenges(header);
  const bearer = challenges.find(challenge => challenge.scheme === 'bearer' && challenge.parameters.realm);
  if (bearer) return `Bearer ${await fetchToken(bearer.parameters, who)}`;
  if (challenges.some(challenge => challenge.scheme === 'basic') && who.credentials) return basic(who.credentials);
  return undefined;
}

async function fetchToken(parameters: Record<string, string>, who: Identification): Promise<string> {
  const written = parameters.realm!;
  const realm = URL.canParse(written, who.origin) ? new URL(written, who.origin) : undefined;
  if (realm === undefined || !/^https?:$/.test(realm.protocol)) {
    throw new Error(`registry ${who.origin} sends its users to ${JSON.stringify(written)}, which is no address`);
  }
  const { credentials } = who;
  if (credentials && realm.protocol !== 'https:' && who.origin.startsWith('https:')) {
    throw new Error(
      `registry ${who.origin} sends its users to ${realm.origin} without TLS; the password is not sent there`,
    );
  }
  const query = new URLSearchParams();
  if (parameters.service) query.set('service', parameters.service);
  // Some token servers want each scope in a parameter of its own.
  for (const scope of (parameters.scope ?? '').split(' ').filter(Boolean)) query.append('scope', scope);

  const address = `${realm.origin}${realm.pathname}`;
  let answer: { status: number; body: string };
  let method = 'GET';
  if (credentials?.username === IDENTITY_TOKEN_USER) {
    method = 'POST';
    query.set('grant_type', 'refresh_token');
    query.set('refresh_token', credentials.password);
    query.set('client_id', 'slipway');
    answer = await who.fetch(address, { method, body: query });
  } else {
    const asked = new URLSearchParams([...realm.searchParams, ...query]);
    answer = await who.fetch(
      `${address}?${asked}`,
      credentials ? { headers: { authorization: basic(credentials) } } : {},
    );
  }
  if (answer.status !== 200) throw errorOf(method, address, answer.status, answer.body);
  const token = tokenOf(answer.body);
  if (token) return token;
  throw errorOf(
    method,
    address,
    answer.status,
    '{"errors":[{"code":"NO_TOKEN","message":"the token server sent no token"}]}',
  );
}

function tokenOf(body: string): string | undefined {
  try {
    const { token, access_token } = JSON.parse(body) as { token?: unknown; access_token?: unknown };
    return [token, access_token].find((value): value is string => typeof value === 'string' && value !== '');
  } catch {
    return undefined;
  }
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
