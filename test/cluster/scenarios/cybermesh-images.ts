// CyberMesh's images as the registry has them: what is in their layers, who runs them, and what they weigh.
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { makeCertificates } from '../../../commands/certificates.ts';
import { parseReference } from '../../../images/reference.ts';
import { printSize } from '../../../images/size.ts';
import { edit } from '../../../sandbox/first-push/repository.ts';
import { withCopy } from '../support/checkout.ts';
import { imageOf, type Service, workloads } from '../support/cybermesh.ts';
import type { Fixture } from '../support/fixture.ts';
import { filesOf, type LayerFile } from '../support/layers.ts';
import { type Part, partsOf } from '../support/registry.ts';
import { stackOf } from '../support/systems-act.ts';

const source = 'samples/cybermesh/ai-service';

/** All of the image that runs, as the registry outside the cluster has it. */
async function* partsOfService(f: Fixture, name: Service): AsyncGenerator<Part> {
  const { repository, digest } = parseReference(await imageOf(f, name));
  yield* partsOf(f, repository, digest!, 'external');
}

/** What nobody wants in an image, by what it is; each as long as to be in no image by chance. */
async function unwanted(): Promise<Record<'settings' | 'key' | 'certificate' | 'weights' | 'model', Buffer>> {
  const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  return {
    settings: Buffer.from(`DATABASE_PASSWORD=${randomUUID()}\n`),
    key: Buffer.from(key),
    certificate: Buffer.from((await makeCertificates()).ca),
    weights: randomBytes(4096),
    model: await readFile('samples/cybermesh/models/detector.json'),
  };
}

/** Where such files lie about in a team's checkout. */
const places = {
  settings: ['.env', 'docker/backend/.env', `${source}/.env`, `${source}/.env.production`, `${source}/prod.env`],
  key: ['signing_key.pem', 'docker/backend/keys/signing_key.pem', `${source}/signing_key.pem`, `${source}/tls.key`],
  certificate: ['docker/backend/certs/root.crt', `${source}/certs/root.crt`],
  weights: ['docker/backend/weights.onnx', `${source}/weights.onnx`, `${source}/weights.pt`],
  model: ['models/detector.json', `${source}/models/detector.json`, `${source}/data/models/detector.json`],
} as const;

/** Authorities that everybody trusts, and are no secret. */
const trusted = /^(etc\/ssl\/certs|usr\/share\/ca-certificates)\/|\/certifi\/cacert\.pem$/;
/** A library that tries itself at its start, by keys that everybody has. */
const selfTest = /\/libgnutls\.so\.[0-9.]+$/;
/** Packages bring samples of what they read. */
const packages = /\/(site|dist)-packages\//;
const block = (words: string) => new RegExp(`-----BEGIN ${words}-----\\s+[A-Za-z0-9+/=\\s]{40,}-----END`);
const keyBlock = block('[A-Z ]*PRIVATE KEY');
const certificateBlock = block('[A-Z ]*CERTIFICATE');

/** What a file is that no image should have; undefined for any other. */
function unwantedAs({ path, bytes }: LayerFile): string | undefined {
  const text = bytes.includes('-----BEGIN ') && !selfTest.test(path) ? bytes.toString('latin1') : '';
  if (keyBlock.test(text) || /\.(key|p12|pfx|jks)$|(^|\/)id_(rsa|ed25519)[^/]*$/.test(path)) return 'a key';
  if (certificateBlock.test(text) || /\.(crt|cer|der)$/.test(path))
    return trusted.test(path) ? undefined : 'a certificate';
  if (/(^|\/)(\.env(\.[^/]*)?|[^/]*\.env)$/.test(path)) return 'settings';
  const model = /\.(onnx|pt|pth|pkl|joblib|h5|npz|safetensors)$|(^|\/)app\/data\/(models|datasets)\/./.test(path);
  return model && !packages.test(path) ? 'a model' : undefined;
}

/** `e_machine` of an ELF file, by the architecture of the platform. */
const machines: Record<string, number> = { 'linux/amd64': 62, 'linux/arm64': 183 };

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

/** Follows the scenario of CyberMesh, whose services run. */
export function cybermeshImages(fixture: () => Fixture): void {
  test('keys, certificates, .env files and models lie among the sources: none of them is in a layer of either image (M8)', async () => {
    const f = fixture();
    const planted = await unwanted();
    const before = await imageOf(f, 'ai-service');
    await withCopy(async folder => {
      for (const [what, paths] of Object.entries(places)) {
        for (const path of paths) {
          await mkdir(dirname(join(folder, path)), { recursive: true });
          await writeFile(join(folder, path), planted[what as keyof typeof planted]);
        }
      }
      await edit({ folder, git: async () => '' }, `${source}/main.py`, 'VERSION = "1"', 'VERSION = "2"');
      const { status, output } = await stackOf(f, 'cybermesh-dev').up(folder);
      assert.equal(status, 0, output);
    });
    assert.notEqual(await imageOf(f, 'ai-service'), before);
    const found: string[] = [];
    for (const name of Object.keys(workloads) as Service[]) {
      let files = 0;
      for await (const part of partsOfService(f, name)) {
        for (const [what, bytes] of Object.entries(planted)) {
          if (part.bytes.includes(bytes)) found.push(`${name}, ${part.what}: the ${what} of the checkout`);
        }
        if (part.kind !== 'layer') continue;
        for await (const file of filesOf(part.bytes)) {
          files += 1;
          const what = unwantedAs(file);
          if (what) found.push(`${name}, ${part.what}: ${file.path} is ${what}`);
        }
      }
      assert.ok(files > 100, `${files} files were seen in ${name}`);
    }
    assert.deepEqual(found, []);
  });

  test('each image runs as its own user by number; on each platform the backend is a program of that platform (M2, M4)', async t => {
    const f = fixture();
    const users = { backend: '1000:1000', 'ai-service': '1001:1001' };
    const programs: Record<string, number> = {};
    for (const name of Object.keys(workloads) as Service[]) {
      const layers: (Part & { kind: 'layer' })[] = [];
      for await (const part of partsOfService(f, name)) {
        if (part.kind === 'config') {
          assert.equal(JSON.parse(part.bytes.toString('utf8')).config.User, users[name], part.what);
        }
        if (part.kind === 'layer') layers.push(part);
      }
      for (const platform of Object.keys(machines)) {
        const own = layers.filter(layer => layer.platform === platform);
        const [unpacked, packed] = [own.map(({ bytes }) => bytes.length), own.map(layer => layer.packed)].map(sum);
        t.diagnostic(`${name}, ${platform}: ${printSize(unpacked!)}, to pull ${printSize(packed!)}`);
      }
      if (name !== 'backend') continue;
      for (const layer of layers) {
        for await (const { path, bytes } of filesOf(layer.bytes)) {
          if (path !== 'app/cybermesh') continue;
          assert.equal(bytes.toString('latin1', 0, 4), '\x7fELF');
          programs[layer.platform] = bytes.readUInt16LE(18);
        }
      }
    }
    assert.deepEqual(programs, machines);
  });
}
