// AI-stack's staging and production beside its local stack, each with a registry of its own: staging's in the cluster, with a
// password, production's outside of it. The committed stacks but for addresses, namespaces and where those registries are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { immutableTag } from '../../../images/tags.ts';
import { externalCredentials } from '../../../sandbox/builder/docker-config.ts';
import { NETWORK } from '../../../sandbox/config.ts';
import { type Environment, failed, makeEnvironment, ok } from '../support/environment.ts';
import { type Fixture, scratch } from '../support/fixture.ts';
import { digestIn } from '../support/service.ts';
import { secondRegistry, secondRegistrySecrets, staging } from '../support/staging.ts';
import { allHealthy, imagesIn, standing } from '../support/systems.ts';

const local = 'ai-stack';
const namespaces = { staging: 'ai-stack-staging', production: 'ai-stack-prod' };
const registries = { staging: staging.registry, production: NETWORK.externalName };
const docs = 'ai-stack-nixos-docs';
const promoteToStaging = ['promote', '--from', 'ai-stack-local', '--to', 'ai-stack-staging'];

/**
 * The scan that both ask for, by a database that is small and finds nothing. The stand-in of Python's image has no list of
 * Debian's packages. One service's image is scanned on its way, the others are not: six take a minute and a half.
 */
async function scanned(f: Fixture): Promise<Record<string, unknown>> {
  const versions = [{ introduced: '0' }, { fixed: '1.0.0' }];
  const affected = [
    { package: { ecosystem: 'PyPI', name: 'nobody-has-it' }, ranges: [{ type: 'ECOSYSTEM', events: versions }] },
  ];
  const record = { id: 'TEST-1', modified: '2026-01-01T00:00:00Z', affected };
  return { 'slipway:scan': { database: await scratch(f, 'osv.json', JSON.stringify([record])), without: ['Debian'] } };
}

async function makeStaging(f: Fixture): Promise<Environment> {
  const values = {
    ...(await secondRegistry(f, 'ai-stack-staging-registry')),
    ...(await scanned(f)),
    'slipway:namespace': namespaces.staging,
  };
  return makeEnvironment(f, 'ai-stack-staging', values, await secondRegistrySecrets(f));
}

async function makeProduction(f: Fixture): Promise<Environment> {
  const { username, password } = await externalCredentials(f.config);
  const values = {
    ...(await scanned(f)),
    'slipway:namespace': namespaces.production,
    'slipway:registry': {
      name: registries.production,
      endpoint: `https://127.0.0.1:${f.config.ports.external}`,
    },
    'slipway:registryCredentials': { username },
  };
  return makeEnvironment(f, 'ai-stack-prod', values, { 'slipway:registryCredentials.password': password });
}

const digests = (images: Record<string, string>) =>
  Object.fromEntries(Object.entries(images).map(([name, image]) => [name, digestIn(image)]));

/** The environment runs, from its own registry, what another did. */
async function runs(f: Fixture, environment: keyof typeof namespaces, images: Record<string, string>): Promise<void> {
  const here = await imagesIn(f, namespaces[environment]);
  assert.deepEqual(digests(here), digests(images));
  await allHealthy(f, namespaces[environment], Object.keys(images), registries[environment]);
}

/** Nothing is wrong with a stack, and its services run what they should, by status as by the cluster. */
async function isWell({ slipway }: Environment, stack: string, images: Record<string, string>): Promise<void> {
  assert.match(ok(await slipway('doctor', stack)), new RegExp(`${stack}: 0 faults`));
  const { services } = JSON.parse(ok(await slipway('status', stack, '--json')));
  assert.equal(services.length, Object.keys(images).length);
  for (const { name, state, wanted, running } of services) {
    assert.equal(state, 'same', name);
    assert.deepEqual([wanted.digest, running.digest], [digestIn(images[name]!), digestIn(images[name]!)], name);
  }
}

export function aiStackEnvironments(fixture: () => Fixture): { begins: () => void; goesOn: () => void } {
  let toStaging: Environment;
  let toProduction: Environment;
  let first: Record<string, string>;

  const begins = () => {
    test('staging: an up brings its registry; what local serves is promoted by digest, an up runs just that (A2, A6)', async () => {
      const f = fixture();
      const before = await standing(f, [local]);
      first = await imagesIn(f, local);
      toStaging = await makeStaging(f);
      assert.match(await toStaging.up(), /waiting/);
      const promoted = ok(await toStaging.slipway(...promoteToStaging, '--unscanned'));
      for (const [name, image] of Object.entries(first))
        assert.ok(promoted.includes(`ai-stack-${name}: waiting → ${digestIn(image)!.slice(7, 19)}`), promoted);
      await toStaging.up();
      await runs(f, 'staging', first);
      await toStaging.commit('Promote all');
      assert.deepEqual(await standing(f, [local]), before);
    });

    test('doctor and status read local and staging: nothing is wrong, and each service runs what it should (A9)', async () => {
      await isWell(toStaging, 'ai-stack-local', first);
      await isWell(toStaging, 'ai-stack-staging', first);
    });
  };

  const goesOn = () => {
    test('production takes nothing that staging has not run: neither from elsewhere nor what waits there for its up (A6)', async () => {
      const f = fixture();
      const newer = await imagesIn(f, local);
      const changed = Object.keys(first).filter(name => digestIn(first[name]!) !== digestIn(newer[name]!));
      assert.deepEqual(changed, ['nixos-docs']);
      toProduction = await makeProduction(f);
      const from = (stack: string, ...services: string[]) =>
        toProduction.slipway('promote', '--from', stack, '--to', 'ai-stack-prod', ...services);
      assert.match(failed(await from('ai-stack-local')), /slipway:promotedFrom ai-stack-staging, so it takes what/);

      assert.match(ok(await toStaging.slipway(...promoteToStaging)), /nixos-docs: scanned by its layers/);
      const short = (image: string) => digestIn(image)!.slice(7, 19);
      const refused = failed(await from('ai-stack-staging', 'nixos-docs'));
      const differ = `names ${short(newer['nixos-docs']!)}, and ${short(first['nixos-docs']!)} runs`;
      assert.ok(refused.includes(`${differ}; run: pulumi up --stack ai-stack-staging`), refused);
      for (const entry of Object.values((await toProduction.lock()).images)) assert.equal(entry, 'waiting');

      await toStaging.up();
      await toStaging.commit('Promote nixos-docs');
      await runs(f, 'staging', newer);
    });

    test('production: what staging runs is promoted whole to a third registry, and an up runs just that (A2, A6)', async () => {
      const f = fixture();
      const ran = await imagesIn(f, namespaces.staging);
      const promote = ['promote', '--from', 'ai-stack-staging', '--to', 'ai-stack-prod'];
      const scanned = ok(await toProduction.slipway(...promote, 'nixos-docs'));
      assert.match(scanned, /nixos-docs: scanned by the bills of materials kept with it/);
      ok(await toProduction.slipway(...promote, '--unscanned'));
      for (const [name, entry] of Object.entries((await toProduction.lock()).images)) {
        assert.ok(typeof entry === 'object', name);
        assert.deepEqual(Object.keys(entry.platforms).sort(), ['linux/amd64', 'linux/arm64']);
      }
      assert.match(ok(await toProduction.slipway('preview', 'ai-stack-prod')), /ai-stack-prod: 6 services roll/);
      await toProduction.up();
      await runs(f, 'production', ran);
      assert.match(ok(await toProduction.slipway(...promote)), /nothing to change/);
      await isWell(toProduction, 'ai-stack-prod', ran);
      ok(await toProduction.pulumi('preview', '--expect-no-changes', '--color', 'never'));
    });

    test('slipway copy brings an image to another registry by hand; a tag that promote gave is not moved (A4, A5)', async () => {
      const f = fixture();
      const { ports } = f.config;
      const target = `${registries.staging}/${docs}`;
      const endpoints = `localhost:5000=https://127.0.0.1:${ports.aiStack},${registries.staging}=https://127.0.0.1:${ports.staging}`;
      const copy = (tag: string, ...flags: string[]) => {
        const [source, here] = [`localhost:5000/${docs}:dev`, ['--unscanned', '--endpoints', endpoints]];
        return toStaging.slipway('copy', source, `${target}:${tag}`, ...flags, ...here);
      };
      assert.match(ok(await copy('by-hand')), new RegExp(`${docs}:by-hand@sha256:[0-9a-f]{64} \\(2 platforms`));
      const entry = (await toStaging.lock()).images[docs];
      assert.ok(typeof entry === 'object');
      const tag = immutableTag(entry.commit, entry.digest);
      assert.match(failed(await copy(tag, '--immutable')), /this tag never moves/);
      const verified = ok(await toStaging.slipway('verify', `${target}:${tag}`, '--endpoints', endpoints));
      assert.equal(JSON.parse(verified).digest, entry.digest);
    });

    test('staging and production go, and local is as it was (P6)', async () => {
      const f = fixture();
      const before = await standing(f, [local]);
      await Promise.all([toProduction, toStaging].map(({ remove }) => remove()));
      for (const namespace of [...Object.values(namespaces), 'ai-stack-staging-registry'])
        assert.equal(await f.get('namespace', namespace), undefined, namespace);
      assert.deepEqual(await standing(f, [local]), before);
    });
  };
  return { begins, goesOn };
}
