// A proxy that opens TLS stands between builds and a package index: its authority reaches a build as a secret from the
// stack's configuration, and is in no layer.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { checkout } from '../../../sandbox/checkout.ts';
import { commitAndPush } from '../../../sandbox/first-push/repository.ts';
import { endOfRun, reason, result, succeeded } from '../../../sandbox/first-push/runs.ts';
import { pulumiEnv } from '../../../sandbox/pulumi.ts';
import { execute, type Fixture } from '../support/fixture.ts';
import { type Pin, startInterceptingProxy } from '../support/intercepting-proxy.ts';
import { partsOf, registry } from '../support/registry.ts';
import { clone } from '../support/service.ts';
import { createRun, seedParameters } from './manual-run.ts';

const repository = 'cerebral/odd-intercepted';
const branch = `odd/secrets-${randomUUID()}`;

/** Where each text is found in an image, by the text. */
async function find(f: Fixture, image: string, reference: string, texts: string[]): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = Object.fromEntries(texts.map(text => [text, []]));
  for await (const { what, bytes } of partsOf(f, image, reference)) {
    for (const text of texts) if (bytes.includes(text)) found[text]!.push(what);
  }
  return found;
}

/** Lines of a PEM that tell it from any other. */
const linesOf = (pem: string) => pem.split('\n').filter(line => line.length >= 60);

/** A stack with one image, the base of the catalogue with one requirement, beside the sandbox's own. */
async function baseStack(f: Fixture, pin: Pin) {
  const folder = await mkdtemp(join(f.config.home, 'intercepted-'));
  await mkdir(join(folder, 'backend'));
  await cp(join(checkout, 'docker'), join(folder, 'docker'), { recursive: true });
  for (const name of ['node_modules', 'commands']) await symlink(join(checkout, name), join(folder, name));
  const list = join(folder, 'docker', 'requirements-one.txt');
  await mkdir(`${list}.lock`);
  const require = async ({ line, locked }: Pin) => {
    await writeFile(list, `${line}\n`);
    await writeFile(join(`${list}.lock`, 'wheels.txt'), `${locked}\n`);
  };
  await require(pin);
  await writeFile(
    join(folder, 'Pulumi.yaml'),
    'name: slipway\nmain: index.ts\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n',
  );
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const lock = parse(await readFile(join(f.config.home, 'locks', 'local.yaml'), 'utf8'));
  const upstream = (name: string) =>
    `127.0.0.1:${f.config.ports.mirror}/${name.replace(/^docker\.io\//, '')}@${lock.upstream[name].digest}`;
  const args = {
    repository,
    tag: 'main',
    registry: { name: '10.34.0.202:5000', aliases: [], url: `https://127.0.0.1:${f.config.ports.registry}` },
    platforms: ['linux/amd64', 'linux/arm64'],
    dockerfile: 'docker/Dockerfile.ai-base.cpu',
    context: '.',
    builder: 'slipway',
    buildArgs: { APT_PACKAGES: '', REQUIREMENTS: 'docker/requirements-one.txt' },
  };
  await writeFile(
    join(folder, 'index.ts'),
    `import * as pulumi from '@pulumi/pulumi';
import { buildProvider } from '${checkout}/components/build-provider.ts';
import { Image } from '${checkout}/components/image.ts';
export default async () => {
  const secrets = new pulumi.Config('slipway').requireSecretObject('buildSecrets');
  const ids = Object.keys(JSON.parse(pulumi.runtime.allConfig()['slipway:buildSecrets']));
  const image = new Image('base', {
    ...${JSON.stringify(args)},
    secrets: Object.fromEntries(ids.map(id => [id, secrets.apply(all => all[id])])),
    upstream: () => '${upstream('docker.io/library/python:3.11-slim')}',
  }, { provider: buildProvider() });
  return { digest: image.digest };
};
`,
  );
  const env = { ...pulumiEnv(f.config, await f.tools()), PULUMI_BACKEND_URL: `file://${join(folder, 'backend')}` };
  const pulumi = (verb: string, ...words: string[]) =>
    execute('pulumi', ['--non-interactive', '--color', 'never', verb, '--stack', 'one', ...words], {
      cwd: folder,
      env,
    });
  const secret = async (id: string, text: string) => {
    const set = ['set', '--secret', '--path', '--', `slipway:buildSecrets.${id}`, text];
    const { status, output } = await pulumi('config', ...set);
    assert.equal(status, 0, output);
  };
  const made = await pulumi('stack', 'init');
  assert.equal(made.status, 0, made.output);
  return { pulumi, secret, require, end: () => rm(folder, { recursive: true, force: true }) };
}

export function interceptingProxy(fixture: () => Fixture): void {
  test('a base is built through a proxy that opens TLS once the stack has its authority, which is in no layer; what one platform can’t import is not pushed (C5)', async () => {
    const f = fixture();
    const proxy = await startInterceptingProxy();
    const stack = await baseStack(f, proxy.pins.broken);
    try {
      const mark = randomUUID();
      await stack.secret('pip-config', `${proxy.pipConfig}# ${mark}\n`);
      const without = await stack.pulumi('up', '--yes', '--skip-preview');
      assert.notEqual(without.status, 0, 'nobody should trust an authority that was made up');
      assert.match(without.output, /pulumi config set --secret --path slipway:buildSecrets\.ca-bundle/);
      assert.equal(proxy.seen.length, 0);

      await stack.secret('ca-bundle', proxy.authority);
      const broken = await stack.pulumi('up', '--yes', '--skip-preview');
      assert.notEqual(broken.status, 0, 'what can not be imported on one platform is in no base');
      assert.match(broken.output, /made for amd64 alone/);
      const { status, body } = await registry(f, 'GET', `/v2/${repository}/manifests/main`);
      assert.equal(status, 404, body);

      proxy.seen.length = 0;
      await stack.require(proxy.pins.good);
      const up = await stack.pulumi('up', '--yes', '--skip-preview');
      assert.equal(up.status, 0, up.output);
      assert.equal(proxy.seen.filter(path => path.endsWith('.whl')).length, 2, 'each platform asked through the proxy');

      const secrets = [mark, ...linesOf(proxy.authority)];
      const found = await find(f, repository, 'main', [...secrets, 'Came through a proxy.']);
      assert.equal(found['Came through a proxy.']?.length, 2, 'layers are read as what they hold');
      for (const text of secrets) assert.deepEqual(found[text], [], text);
    } finally {
      proxy.close();
      await stack.end();
    }
  });

  test("a service's build in the cluster may mount the same authority, and it is in no layer", async () => {
    const f = fixture();
    const kept = await f.get<{ data: Record<string, string> }>(
      ...['secret', 'slipway-build-secrets', '--namespace', 'tekton-pipelines'],
    );
    const text = Buffer.from(kept?.data['ca-bundle'] ?? '', 'base64').toString('utf8');
    // Of the authorities that the stack hands on, the sandbox's own: no image has it already, as it has public ones.
    const authority = linesOf(await readFile(join(f.config.home, 'pki', 'ca.crt'), 'utf8'));
    assert.ok(authority.length > 3 && authority.every(line => text.includes(line)));
    const sum = createHash('sha256').update(text).digest('hex');
    const dockerfile = [
      'FROM cerebral/ai-base:cuda',
      'RUN --mount=type=secret,id=ca-bundle,required=true sha256sum /run/secrets/ca-bundle > /ca-bundle.sum',
    ];
    const sources = await clone(f);
    await sources.git('checkout', '--quiet', '-B', branch);
    try {
      await mkdir(join(sources.folder, 'odd'), { recursive: true });
      await writeFile(join(sources.folder, 'odd', 'Dockerfile'), `${dockerfile.join('\n')}\n`);
      await commitAndPush(sources, 'Mount the authority', branch);
    } finally {
      await sources.git('checkout', '--quiet', 'main');
    }
    const name = await createRun(f, {
      ...seedParameters,
      ...{ 'image-name': 'cerebral/odd-secrets', 'deployment-name': 'odd-secrets', 'repo-branch': branch },
      ...{ dockerfile: 'odd/Dockerfile', 'build-context': 'odd' },
    });
    const run = await endOfRun(f.kube, name);
    assert.equal(succeeded(run), true, reason(run));
    const found = await find(f, 'cerebral/odd-secrets', result(run, 'digest')!, [sum, ...authority]);
    assert.equal(found[sum]?.length, 2, 'each platform had the very bytes');
    for (const line of authority) assert.deepEqual(found[line], [], line);
  });
}
