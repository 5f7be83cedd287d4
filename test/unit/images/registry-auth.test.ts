import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { RegistryClient } from '../../../images/registry.ts';
import { answerChallenge, parseChallenges } from '../../../images/registry-auth.ts';
import { FakeRegistry, REGISTRY } from './fake-registry.ts';

const PASSWORD = 'open sesame';
const BASIC = `Basic ${Buffer.from(`ali:${PASSWORD}`).toString('base64')}`;
const ref = { registry: REGISTRY, repository: 'a/b', tag: 'main' };
let fake: FakeRegistry;
let asked: string[];

const clientOf = (username = 'ali', password = PASSWORD) =>
  new RegistryClient({
    endpoints: fake.endpoints,
    retries: 0,
    credentials: async host => {
      asked.push(host);
      return host === REGISTRY ? { username, password } : undefined;
    },
  });

beforeEach(async () => {
  asked = [];
  fake = await FakeRegistry.start();
  fake.index('a/b', 'main', ['linux/amd64']);
});

const demandBasic = () => {
  fake.misbehave = (request, response) =>
    request.headers.authorization !== BASIC &&
    !!response
      .writeHead(401, { 'www-authenticate': 'Basic realm="registry"' })
      .end('{"errors":[{"code":"UNAUTHORIZED"}]}');
};

const demandBearer = (tokens: (authorization: string | undefined, url: URL, body: string) => [number, object]) => {
  fake.misbehave = (request, response) => {
    const url = new URL(request.url!, fake.url);
    if (url.pathname === '/token') {
      let body = '';
      request.on('data', chunk => {
        body += chunk;
      });
      request.on('end', () => {
        const [status, answer] = tokens(request.headers.authorization, url, body);
        response.writeHead(status).end(JSON.stringify(answer));
      });
      return true;
    }
    if (request.headers.authorization === 'Bearer t0k3n') return false;
    const scope = `repository:a/b:${request.method === 'PUT' ? 'pull,push' : 'pull'}`;
    const challenge = `Bearer realm="${fake.url}/token?x=1",service="reg",scope="${scope}"`;
    return !!response.writeHead(401, { 'www-authenticate': challenge }).end('{"errors":[{"code":"UNAUTHORIZED"}]}');
  };
};

afterEach(() => fake.stop());

test('a Basic challenge is answered once, and later requests go with it', async () => {
  demandBasic();
  const client = clientOf();
  assert.ok(await client.manifest(ref));
  assert.ok(await client.manifest(ref));
  assert.deepEqual(fake.authorizations, [undefined, BASIC, BASIC]);
  assert.deepEqual(asked, [new URL(fake.url).host, REGISTRY]);
});

test("no credentials, or wrong ones, end with the registry's 401", async () => {
  demandBasic();
  const message = `GET ${fake.url}/v2/a/b/manifests/main: UNAUTHORIZED: status 401`;
  const anonymous = new RegistryClient({ endpoints: fake.endpoints, retries: 0 });
  await assert.rejects(anonymous.manifest(ref), { status: 401, message });
  await assert.rejects(clientOf('ali', 'wrong').manifest(ref), { status: 401, message });
});

test('a Bearer challenge is answered by a token for its service and scope, per kind of access', async () => {
  const seen: string[] = [];
  demandBearer((authorization, url) => {
    assert.equal(authorization, BASIC);
    seen.push(url.search);
    return [200, { access_token: 't0k3n' }];
  });
  const client = clientOf();
  await client.manifest(ref);
  await client.tags(REGISTRY, 'a/b');
  await client.put(ref, Buffer.from('{}'), 'application/json');
  assert.deepEqual(seen, [
    '?x=1&service=reg&scope=repository%3Aa%2Fb%3Apull',
    '?x=1&service=reg&scope=repository%3Aa%2Fb%3Apull%2Cpush',
  ]);
});

test('an anonymous pull takes a token as well', async () => {
  demandBearer(authorization => [authorization === undefined ? 200 : 400, { token: 't0k3n' }]);
  assert.ok(await new RegistryClient({ endpoints: fake.endpoints }).manifest(ref));
});

test('an identity token is exchanged by a POST', async () => {
  demandBearer((_, __, body) => {
    const form = new URLSearchParams(body);
    assert.equal(form.get('grant_type'), 'refresh_token');
    assert.equal(form.get('refresh_token'), 'refresh-me');
    assert.equal(form.get('scope'), 'repository:a/b:pull');
    return [200, { token: 't0k3n' }];
  });
  assert.ok(await clientOf('<token>', 'refresh-me').manifest(ref));
});

test('a token that has run out is replaced', async () => {
  let tokens = 0;
  demandBearer(() => {
    tokens += 1;
    return [200, { token: 't0k3n' }];
  });
  const client = clientOf();
  await client.manifest(ref);
  const before = fake.misbehave;
  let refuse = true;
  fake.misbehave = (request, response) => {
    if (!refuse || request.url?.startsWith('/token')) return before(request, response);
    refuse = false;
    request.headers.authorization = 'Bearer old';
    return before(request, response);
  };
  assert.ok(await client.manifest(ref));
  assert.equal(tokens, 2);
});

test('a token server that refuses, or sends none, is told without query and password', async () => {
  demandBearer(() => [401, { errors: [{ code: 'DENIED', message: 'who are you' }] }]);
  await assert.rejects(clientOf().manifest(ref), { message: `GET ${fake.url}/token: DENIED: who are you` });
  demandBearer(() => [200, {}]);
  await assert.rejects(clientOf().manifest(ref), {
    message: `GET ${fake.url}/token: NO_TOKEN: the token server sent no token`,
  });
});

test('a server that echoes what it was sent does not bring a secret into a message', async () => {
  fake.misbehave = (request, response) => {
    const { authorization } = request.headers;
    if (!authorization) return !!response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
    const message = `refused ${authorization} and ${PASSWORD}`;
    return !!response
      .writeHead(fake.requests.length % 2 ? 403 : 500)
      .end(JSON.stringify({ errors: [{ code: 'DENIED', message }] }));
  };
  for (let i = 0; i < 2; i += 1) {
    await assert.rejects(clientOf().manifest(ref), {
      message: `GET ${fake.url}/v2/a/b/manifests/main: DENIED: refused Basic … and …`,
    });
    fake.requests.push('one more');
  }
});

test('a password does not follow a TLS registry to a token server without TLS', async () => {
  const who = {
    origin: 'https://registry.example.com',
    credentials: { username: 'ali', password: PASSWORD },
    fetch: () => assert.fail('nothing may be sent'),
  };
  await assert.rejects(answerChallenge('Bearer realm="http://evil.example.com/token"', who), {
    message:
      'registry https://registry.example.com sends its users to http://evil.example.com without TLS; ' +
      'the password is not sent there',
  });
});

test('challenges are read in all their spellings', () => {
  assert.deepEqual(parseChallenges('Basic realm="a, \\"b\\"", BEARER Realm=x,scope="repository:a:pull,push"'), [
    { scheme: 'basic', parameters: { realm: 'a, "b"' } },
    { scheme: 'bearer', parameters: { realm: 'x', scope: 'repository:a:pull,push' } },
  ]);
  assert.deepEqual(parseChallenges('Negotiate'), [{ scheme: 'negotiate', parameters: {} }]);
  assert.deepEqual(parseChallenges(''), []);
});
