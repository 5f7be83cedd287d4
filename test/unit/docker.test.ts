// What the contract with the stacks names in docker/: stages, arguments, secrets and paths. That the images build is
// shown by the tests that build them.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DockerfileParser, type ModifiableInstruction } from 'dockerfile-ast';
import { lockFiles, parseLocked, parseRequirements, torchFamily } from '../../images/requirements.ts';

const folder = join(import.meta.dirname, '../../docker');
const read = (file: string) => readFileSync(join(folder, file), 'utf8');
const variants = ['cpu', 'cuda'] as const;
const bases = variants.map(variant => `Dockerfile.ai-base.${variant}`);
const all = [...bases, 'step/Dockerfile'];

/** Instructions with their arguments, by stage. */
function stages(file: string) {
  const found: { name: string; from: string; lines: { keyword: string; text: string }[] }[] = [];
  for (const instruction of DockerfileParser.parse(read(file)).getInstructions()) {
    const keyword = instruction.getKeyword();
    const flags = 'getFlags' in instruction ? (instruction as ModifiableInstruction).getFlags() : [];
    const text = [...flags.map(String), instruction.getArgumentsContent() ?? ''].join(' ');
    if (keyword === 'FROM') {
      const [from = '', , name = ''] = text.split(/\s+/);
      found.push({ name, from, lines: [] });
    } else found.at(-1)?.lines.push({ keyword, text });
  }
  return found;
}

const argumentsOf = (file: string) =>
  Object.fromEntries(
    stages(file)
      .flatMap(({ lines }) => lines)
      .filter(({ keyword }) => keyword === 'ARG')
      .map(({ text }) => {
        const [name = '', ...value] = text.split('=');
        return [name, value.join('=').replaceAll('"', '')];
      }),
  );

/** Versions by name in a list. */
const requirements = (file: string) =>
  new Map(parseRequirements(read(file), file).map(({ name, version }) => [name, version]));

const lists = ['requirements-unified.txt', 'requirements-sandbox.txt'];
/** The packages of a list's lock, by file; none where the file is not there. */
const locked = (list: string, file: string) =>
  existsSync(join(folder, `${list}.lock`, file)) ? parseLocked(read(`${list}.lock/${file}`), file) : [];
const { torchCpu, ...hashedFiles } = lockFiles;

test('each Dockerfile starts from the upstream that the lock names (C2, C3)', () => {
  assert.equal(stages('Dockerfile.ai-base.cpu')[0]!.from, 'python:3.11-slim');
  assert.equal(stages('Dockerfile.ai-base.cuda')[0]!.from, 'nvidia/cuda:12.4.1-runtime-ubuntu22.04');
  assert.equal(stages('step/Dockerfile')[0]!.from, 'node:22-bookworm-slim');
  const copies = stages('step/Dockerfile').flatMap(({ lines }) => lines.filter(({ keyword }) => keyword === 'COPY'));
  assert.ok(copies.some(({ text }) => text.startsWith('--from=moby/buildkit:v0.25.2 /usr/bin/buildctl ')));
});

for (const file of all) {
  test(`${file}: no syntax line, which would be fetched`, () => {
    assert.doesNotMatch(read(file), /^#\s*syntax=/im);
  });

  test(`${file}: the final stage takes a file from the stage test, or BuildKit would leave the test out`, () => {
    const parts = stages(file);
    assert.ok(parts.some(({ name }) => name === 'test'));
    assert.ok(parts.at(-1)!.lines.some(({ keyword, text }) => keyword === 'COPY' && text.startsWith('--from=test ')));
  });

  test(`${file}: what the context lets through is there, and nothing else is let through`, () => {
    const [first, ...rest] = read(`${file}.dockerignore`).trim().split('\n');
    assert.equal(first, '*');
    const copied = stages(file)
      .flatMap(({ lines }) => lines)
      .filter(({ keyword, text }) => keyword === 'COPY' && !text.startsWith('--from'))
      .flatMap(({ text }) => text.split(/\s+/).slice(0, -1))
      .map(path => path.replace('${REQUIREMENTS}', 'docker/requirements-unified.txt').replace(/\/$/, ''));
    for (const path of copied) {
      const allowed = rest.some(line => line.startsWith('!') && matches(line.slice(1), path));
      assert.ok(allowed, `${path} is copied and not let through by ${rest.join(' ')}`);
    }
  });
}

const matches = (pattern: string, path: string) =>
  new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`).test(path);

for (const file of bases) {
  test(`${file}: the stage that runs pip knows SOURCE_DATE_EPOCH and takes index and authorities from secrets`, () => {
    const pip = stages(file).find(({ name }) => name === 'packages')!;
    const at = (keyword: string, text: RegExp) =>
      pip.lines.findIndex(line => line.keyword === keyword && text.test(line.text));
    const run = at('RUN', /install-requirements\.sh/);
    assert.ok(at('ARG', /^SOURCE_DATE_EPOCH$/) >= 0 && at('ARG', /^SOURCE_DATE_EPOCH$/) < run);
    const text = read(file);
    for (const id of ['pip-config', 'ca-bundle']) assert.match(text, new RegExp(`--mount=type=secret,id=${id}\\b`));
  });

  test(`${file}: requirements default to the unified list, and packages to the row's`, () => {
    const given = argumentsOf(file);
    assert.equal(given.REQUIREMENTS, 'docker/requirements-unified.txt');
    for (const name of ['gcc', 'g++', 'build-essential', 'git', 'curl', 'ca-certificates']) {
      assert.ok(given.APT_PACKAGES!.split(' ').includes(name), `${name} is missing`);
    }
  });
}

test('the cpu base brings python3-dev, the cuda base python3.11-dev, each the Torch of its variant (C2, C3)', () => {
  const [cpu, cuda] = bases.map(argumentsOf);
  assert.match(cpu!.APT_PACKAGES!, /\bpython3-dev\b/);
  assert.match(cuda!.PYTHON_PACKAGES!, /\bpython3\.11-dev\b/);
  assert.match(cpu!.TORCH_INDEX!, /\/cpu$/);
  assert.ok(!('TORCH_INDEX' in cuda!), "CUDA's Torch comes from the package index, with hashes");
  for (const [variant, file] of variants.map((name, at) => [name, bases[at]!] as const)) {
    assert.match(read(file), new RegExp(`install-requirements\\.sh /tmp/build/lock ${variant} `));
  }
});

test('the step image runs as nobody in particular, by number', () => {
  const users = stages('step/Dockerfile').flatMap(({ lines }) => lines.filter(({ keyword }) => keyword === 'USER'));
  assert.deepEqual(
    users.map(({ text }) => text),
    ['65532:65532'],
  );
});

test('the unified requirements name every library of the row, with the versions that the bases fix (C5)', () => {
  const pins = requirements('requirements-unified.txt');
  const named = [
    ...['torch', 'transformers', 'pandas', 'numpy', 'scikit-learn', 'scipy', 'sqlalchemy', 'redis', 'psycopg2'],
    ...['supabase', 'chromadb', 'fastapi', 'uvicorn', 'pydantic', 'requests', 'httpx', 'sentence-transformers'],
    ...['spacy', 'nltk', 'onnxruntime', 'huggingface-hub', 'prometheus-client', 'structlog'],
    ...['opentelemetry-api', 'opentelemetry-sdk'],
  ];
  for (const name of named) assert.match(pins.get(name) ?? 'missing', /^\d+\.\d/, name);
  assert.deepEqual(
    ['torch', 'torchvision', 'torchaudio'].map(name => pins.get(name)),
    ['2.4.1', '0.19.1', '2.4.1'],
  );
});

for (const list of lists) {
  test(`${list}: what is locked has hashes, on both platforms, and names no host and no path (C5)`, () => {
    for (const file of Object.values(hashedFiles)) {
      for (const { name, hashes } of locked(list, file)) assert.ok(hashes.length > 0, name);
    }
    const machines = new Set(
      Object.values(hashedFiles).flatMap(file => locked(list, file).map(({ marker }) => marker)),
    );
    machines.delete(undefined);
    for (const marker of machines) assert.match(marker!, /^platform_machine == '(x86_64|aarch64)'$/);
    for (const file of Object.values(lockFiles)) {
      if (!existsSync(join(folder, `${list}.lock`, file))) continue;
      const text = read(`${list}.lock/${file}`);
      assert.doesNotMatch(text, /:\/\/|index-url|find-links|via /);
      assert.match(text, new RegExp(`lock-requirements docker/${list}`));
    }
  });
}

test("the cpu image's Torch on amd64 is the list's, without CUDA; where it has no hashes, its file says so", () => {
  const pins = requirements('requirements-unified.txt');
  const cpu = locked('requirements-unified.txt', torchCpu);
  assert.deepEqual(
    cpu.map(({ name, version }) => [name, version]),
    torchFamily.map(name => [name, `${pins.get(name)}+cpu`]).sort(),
  );
  const unknown = cpu.some(({ hashes }) => hashes.length === 0);
  assert.equal(/^# Not locked/m.test(read(`requirements-unified.txt.lock/${torchCpu}`)), unknown);
  const torch = locked('requirements-unified.txt', hashedFiles.torch);
  assert.ok(torch.some(({ name, marker }) => name.startsWith('nvidia-') && marker === "platform_machine == 'x86_64'"));
  for (const { name, marker } of torch) assert.equal(torchFamily.includes(name), marker === undefined, name);
});

test("the sandbox's requirements are a part of the unified ones, file by file", () => {
  const unified = new Map(locked('requirements-unified.txt', hashedFiles.wheels).map(entry => [entry.name, entry]));
  const own = locked('requirements-sandbox.txt', hashedFiles.wheels);
  assert.ok(own.length > 0);
  for (const entry of own) assert.deepEqual(entry, unified.get(entry.name), entry.name);
});

test('the README names every build argument and every secret', () => {
  const text = read('README.md');
  const names = all.flatMap(file => Object.keys(argumentsOf(file)));
  for (const name of [...new Set(names), 'pip-config', 'ca-bundle']) assert.ok(text.includes(`\`${name}\``), name);
  for (const file of all) assert.ok(existsSync(join(folder, file)));
});
