// CyberMesh's production beside its development: the committed stack, in a namespace whose Secrets and claims somebody else
// keeps. What development serves is promoted within one registry, from one tenancy's prefix to the other's.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { externalCredentials } from '../../../sandbox/builder/docker-config.ts';
import { homePaths, NETWORK } from '../../../sandbox/config.ts';
import { ask } from '../../../sandbox/door.ts';
import { outsideValues } from '../../../sandbox/outside/values.ts';
import { type Environment, failed, makeEnvironment, ok } from '../support/environment.ts';
import type { Fixture } from '../support/fixture.ts';
import { digestIn } from '../support/service.ts';
import { allHealthy, imagesIn, standing } from '../support/systems.ts';
import { stackOf } from '../support/systems-act.ts';

const namespace = 'cybermesh-prod';
const services = ['ai-service', 'backend'];
const claims = ['models', 'datasets'];
const promote = ['promote', '--from', 'cybermesh-dev', '--to', 'cybermesh-prod'];

const version = async (f: Fixture) =>
  JSON.parse(await ask(f.config, { name: 'backend', namespace }, '/api/v1/version')).version;

async function makeProduction(f: Fixture): Promise<Environment> {
  const { username, password } = await externalCredentials(f.config);
  const values = {
    ...outsideValues(f.config, {}),
    'slipway:namespace': namespace,
    'slipway:registry': { endpoint: `https://127.0.0.1:${f.config.ports.external}` },
    'slipway:registryCredentials': { username },
    // The sandbox has no CSI driver.
    'slipway:volumes': Object.fromEntries(claims.map(claim => [claim, { csi: null, claim }])),
  };
  return makeEnvironment(f, 'cybermesh-prod', values, { 'slipway:registryCredentials.password': password });
}

/** What whoever keeps production puts into its namespace: keys, an authority, models and datasets. */
async function keep(f: Fixture): Promise<void> {
  const key = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const secrets = {
    'backend-signing-keys': { signing_key_pem: key() },
    'ai-service-secret': { signing_key_pem: key() },
    'cockroachdb-root-cert': { 'root.crt': readFileSync(join(homePaths(f.config).pki, 'ca.crt'), 'utf8') },
  };
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    ...Object.entries(secrets).map(([name, stringData]) => ({
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } },
      stringData,
    })),
    ...claims.map(name => ({
      ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace } },
      spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '64Mi' } } },
    })),
  ];
  await f.kube(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  for (const claim of claims) {
    const bound = ['--for=jsonpath={.status.phase}=Bound', `persistentvolumeclaim/${claim}`, '--timeout=60s'];
    await f.kube(['wait', '--namespace', namespace, ...bound]);
    const { spec } = (await f.get<{ spec: { volumeName: string } }>(
      ...['persistentvolumeclaim', claim, '--namespace', namespace],
    ))!;
    const volume = await f.get<{ spec: { hostPath: { path: string } } }>('persistentvolume', spec.volumeName);
    const folder = join(homePaths(f.config).state, 'volumes', basename(volume!.spec.hostPath.path));
    await cp(join('samples', 'cybermesh', claim), folder, { recursive: true });
  }
}

async function runsWhatDevelopmentDid(f: Fixture, images: Record<string, string>): Promise<void> {
  const here = await imagesIn(f, namespace);
  assert.deepEqual(Object.keys(here), services);
  for (const name of services) {
    assert.ok(here[name]!.startsWith(`${NETWORK.externalName}/cybermesh/cybermesh/${name}:`), here[name]);
    assert.equal(digestIn(here[name]!), digestIn(images[name]!), name);
  }
  await allHealthy(f, namespace, services, NETWORK.externalName);
}

export function cybermeshProduction(fixture: () => Fixture): {
  begins: () => void;
  goesOn: () => void;
} {
  let production: Environment;
  let first: Record<string, string>;

  const begins = () => {
    test('doctor and status read development: nothing is wrong, and both services run what they should (M11)', async () => {
      const f = fixture();
      const { slipway } = stackOf(f, 'cybermesh-dev');
      assert.match(ok(await slipway('doctor', 'cybermesh-dev')), /cybermesh-dev: 0 faults/);
      const { services: told } = JSON.parse(ok(await slipway('status', 'cybermesh-dev', '--json')));
      assert.deepEqual(
        told.map(({ name, state }: { name: string; state: string }) => `${name} ${state}`),
        ['backend same', 'ai-service same'],
      );
    });

    test('production: what its namespace lacks is told, all of it, before anything is declared (M5)', async () => {
      const f = fixture();
      production = await makeProduction(f);
      const told = failed(await production.pulumi('preview', '--color', 'never'));
      for (const secret of ['backend-signing-keys', 'ai-service-secret', 'cockroachdb-root-cert'])
        assert.ok(told.includes(`there is no Secret ${namespace}/${secret}`), told);
      for (const claim of claims)
        assert.ok(told.includes(`there is no PersistentVolumeClaim ${namespace}/${claim}`), told);
      await keep(f);
    });

    test('production: promoted by digest from development, then one up runs just that; development stays as it was (M9, P5)', async () => {
      const f = fixture();
      const development = await standing(f, ['cybermesh']);
      first = await imagesIn(f, 'cybermesh');
      const promoted = ok(await production.slipway(...promote));
      for (const name of services)
        assert.ok(
          promoted.includes(`cybermesh/cybermesh/${name}: waiting → ${digestIn(first[name]!)!.slice(7, 19)}`),
          promoted,
        );
      await production.commit('Promote all');
      assert.match(ok(await production.slipway('preview', 'cybermesh-prod')), /cybermesh-prod: 2 services roll/);
      await production.up();
      await runsWhatDevelopmentDid(f, first);
      assert.equal(await version(f), '1');
      assert.deepEqual(await standing(f, ['cybermesh']), development);
      ok(await production.pulumi('preview', '--expect-no-changes', '--color', 'never'));
    });
  };

  const goesOn = () => {
    test('production: a newer build is promoted, not the one after it that failed; a rollback of the lock takes it back (M9, P5)', async () => {
      const f = fixture();
      const newer = await imagesIn(f, 'cybermesh');
      const promoted = ok(await production.slipway(...promote));
      assert.match(promoted, /cybermesh\/cybermesh\/backend: [0-9a-f]{12} .*→ [0-9a-f]{12}/);
      assert.doesNotMatch(promoted, /ai-service/);
      await production.up();
      await runsWhatDevelopmentDid(f, newer);
      assert.equal(await version(f), '2');
      await production.commit('Promote the backend');

      const back = ok(await production.slipway('rollback', 'cybermesh-prod'));
      assert.match(back, /cybermesh\/cybermesh\/backend: [0-9a-f]{12} .*→ [0-9a-f]{12}/);
      await production.up();
      await runsWhatDevelopmentDid(f, first);
      assert.equal(await version(f), '1');
    });

    test('doctor and status read both: production is well, development has a newer build that did not serve (M11)', async () => {
      const f = fixture();
      const examined = ok(await production.slipway('doctor', 'cybermesh-prod'));
      assert.match(examined, /cybermesh-prod: 0 faults/);
      const { services: told } = JSON.parse(ok(await production.slipway('status', 'cybermesh-prod', '--json')));
      for (const { name, state, running } of told)
        assert.deepEqual([state, running.digest], ['same', digestIn(first[name]!)], name);
      // Its newest build failed, and went back.
      const development = ok(await production.slipway('status', 'cybermesh-dev'));
      assert.match(development, /backend +\* differs/);
      const images = await imagesIn(f, 'cybermesh');
      assert.ok(development.includes(digestIn(images.backend!)!.slice(7, 19)), development);
    });

    test('production goes, and development is as it was (M1)', async () => {
      const f = fixture();
      const development = await standing(f, ['cybermesh']);
      await production.remove();
      assert.equal(await f.get('namespace', namespace), undefined);
      assert.deepEqual(await standing(f, ['cybermesh']), development);
    });
  };
  return { begins, goesOn };
}
