// What can be seen of CyberMesh's images without a build: users, ports, and which files a build may see.
import assert from 'node:assert/strict';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { buildInputs } from '../../../components/build-inputs.ts';
import { declaresEpoch } from '../../../images/reproducible.ts';
import { parseLocked, parseRequirements, unlocked } from '../../../images/requirements.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const backend = { dockerfile: 'docker/backend/Dockerfile', context: 'docker/backend' };
const aiService = { dockerfile: 'docker/ai-service/Dockerfile', context: '.' };
const service = 'samples/cybermesh/ai-service';

/** Of files in a checkout (path from its root), those that the build of an image sees, the real ignore file in force. */
function seen(t: TestContext, image: typeof backend, paths: string[]): string[] {
  const checkout = mkdtempSync(join(tmpdir(), 'slipway-context-'));
  t.after(() => rmSync(checkout, { recursive: true }));
  const own = ['docker/backend/.dockerignore', 'docker/ai-service/Dockerfile.dockerignore'];
  const write = (path: string, text: string) => {
    mkdirSync(join(checkout, dirname(path)), { recursive: true });
    writeFileSync(join(checkout, path), text);
  };
  for (const path of paths) write(path, path);
  for (const path of [...own, backend.dockerfile, aiService.dockerfile]) write(path, read(path));
  const found = Object.keys(buildInputs(join(checkout, image.dockerfile), join(checkout, image.context)));
  return found.map(path => path.slice(checkout.length + 1)).filter(path => path !== image.dockerfile);
}

const finalStage = (path: string) =>
  read(path)
    .split(/^FROM /m)
    .at(-1)!;

test('the backend runs as 1000 by number, and names its two ports (M2)', () => {
  const final = finalStage(backend.dockerfile);
  assert.match(final, /^debian:12-slim$/m);
  assert.match(final, /^USER 1000:1000$/m);
  assert.match(final, /^EXPOSE 9441 9100$/m);
});

test('the ai-service runs as 1001 by number, names its two ports, and starts by its entrypoint (M4, M6)', () => {
  const text = read(aiService.dockerfile);
  assert.deepEqual(text.match(/^FROM .*$/gm)!.filter(line => line.includes(':')).length, 2);
  assert.match(text, /^FROM python:3\.11-slim AS packages$/m);
  const final = finalStage(aiService.dockerfile);
  assert.match(final, /^USER 1001:1001$/m);
  assert.match(final, /^EXPOSE 8000 10000$/m);
  assert.match(final, /^ENTRYPOINT \["\/app\/entrypoint\.sh"\]$/m);
});

for (const { dockerfile } of [backend, aiService]) {
  test(`${dockerfile}: equal content is an equal digest, the test is a part of the build, and nothing is fetched for it`, () => {
    const text = read(dockerfile);
    assert.ok(declaresEpoch(text));
    assert.match(text, /^FROM .+ AS test$/m);
    assert.match(finalStage(dockerfile), /^COPY --from=test /m);
    assert.doesNotMatch(text, /^#\s*syntax=/im);
  });

  test(`docker/README.md names ${dockerfile}, its arguments and its secrets`, () => {
    const readme = read('docker/README.md');
    const names = [...read(dockerfile).matchAll(/^ARG (\w+)|type=secret,id=([\w-]+)/gm)].map(
      found => found[1] ?? found[2],
    );
    assert.ok(readme.includes(`\`${dockerfile.slice('docker/'.length)}\``));
    for (const name of names) assert.ok(readme.includes(`\`${name}\``), name);
  });
}

test('the build of the backend sees a binary a platform and the script that looks at it, and no key or certificate (M2, M8)', t => {
  const good = ['bin/amd64/cybermesh', 'bin/arm64/cybermesh', 'place-binary.sh'];
  const bad = [
    '.env',
    'root.crt',
    'certs/root.crt',
    'keys/signing_key.pem',
    'bin/cybermesh',
    'bin/amd64/.env',
    'main.go',
  ];
  const below = (path: string) => `docker/backend/${path}`;
  assert.deepEqual(seen(t, backend, [...good, ...bad].map(below)), good.map(below));
});

for (const source of ['ai-service', service]) {
  test(`the build of the ai-service sees the code in ${source}/, and no model, dataset, key or settings (M4, M8)`, t => {
    const good = [
      'main.py',
      'requirements.txt',
      'requirements.txt.lock/wheels.txt',
      'src/models/linear.py',
      'src/api.py',
    ];
    const bad = [
      ...['models/detector.json', 'models/detector.onnx', 'data/models/detector.json', 'src/models/detector.json'],
      ...[
        'src/weights.pt',
        'src/forest.pkl',
        'datasets/baseline.json',
        'data/datasets/baseline.csv',
        'data/nonce_state.json',
      ],
      ...[
        '.env',
        '.env.production',
        'src/prod.env',
        'signing_key.pem',
        'src/tls.key',
        'certs/root.crt',
        'keys/store.p12',
      ],
      ...['data/models/loader.py', '.venv/lib/models/a.py', '__pycache__/main.pyc', 'README.md', '.git/config'],
    ];
    const below = (path: string) => `${source}/${path}`;
    assert.deepEqual(seen(t, aiService, [...good, ...bad].map(below)), good.map(below).sort());
  });
}

test('of all else in the checkout the build of the ai-service sees the scripts that it copies (M4)', t => {
  const scripts = ['pip-settings.sh', 'prepare-packages.sh', 'install-requirements.sh', 'measure-image.py'];
  const good = [...scripts, 'import-requirements.py', 'ai-service/entrypoint.sh'].map(name => `docker/${name}`);
  const bad = ['index.ts', '.env', '.git/config', 'node_modules/a/models/b.py', 'docker/backend/bin/amd64/cybermesh'];
  const others = ['samples/cybermesh/models/detector.json', 'samples/cybermesh/datasets/baseline.json', 'models/a.py'];
  assert.deepEqual(seen(t, aiService, [...good, ...bad, ...others]), [...good].sort());
});

test('in this checkout, what the ai-service copies is seen, and its model is not (M8)', () => {
  const inputs = Object.keys(buildInputs(aiService.dockerfile, aiService.context));
  const copied = [...read(aiService.dockerfile).matchAll(/^COPY (?!--from)(?:--\S+ )?(.+) \S+$/gm)]
    .flatMap(found => found[1]!.split(' '))
    .map(path => path.replace('${SOURCE}', service));
  assert.ok(copied.length > 0);
  for (const path of copied)
    assert.ok(
      inputs.some(input => input === path || input.startsWith(path)),
      path,
    );
  assert.deepEqual(globSync('samples/cybermesh/models/*'), ['samples/cybermesh/models/detector.json']);
  assert.deepEqual(
    inputs.filter(path => /models|datasets|\.pem$|\.env$/.test(path)),
    [],
  );
});

test("the ai-service's packages are locked for both platforms, at the versions of the unified list where that has them", () => {
  const list = `${service}/requirements.txt`;
  const pins = parseRequirements(read(list), list);
  const locked = parseLocked(read(`${list}.lock/wheels.txt`), list);
  assert.deepEqual(unlocked(pins, locked), []);
  const unified = parseLocked(read('docker/requirements-unified.txt.lock/wheels.txt'), 'wheels.txt');
  for (const entry of locked)
    assert.deepEqual(
      entry,
      unified.find(({ name }) => name === entry.name),
      entry.name,
    );
});
