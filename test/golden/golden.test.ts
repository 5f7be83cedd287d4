import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { parseReference } from '../../images/reference.ts';
import { render, stacks } from './rendering.ts';

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

const documents = (text: string) => parseAllDocuments(text).map(document => document.toJS() as Manifest);
const rendered = Object.fromEntries(stacks.map(stack => [stack, render(stack, '--locks', 'test/fixtures/locks')]));

for (const stack of stacks) {
  test(`stack ${stack} renders to its golden file`, () => {
    const { status, stdout, stderr } = rendered[stack]!;
    assert.equal(status, 0, stderr);
    const golden = `test/golden/${stack}.yaml`;
    if (stdout === readFileSync(golden, 'utf8')) {
      rmSync(`${golden}.got`, { force: true });
      return;
    }
    writeFileSync(`${golden}.got`, stdout);
    assert.fail(
      `the rendering differs; see it with \`diff -u ${golden} ${golden}.got\`, and accept it with \`npm run golden\``,
    );
  });

  test(`every image that stack ${stack} runs is named by digest`, () => {
    const images = imagesOf(documents(rendered[stack]!.stdout));
    assert.ok(images.length > 1);
    for (const image of images) assert.ok(parseReference(image).digest, image);
  });

  test(`stack ${stack} renders each object once, and shows no secret`, () => {
    const keys = documents(rendered[stack]!.stdout).map(
      ({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''} ${metadata.name}`,
    );
    assert.deepEqual(
      keys.filter((key, i) => keys.indexOf(key) < i),
      [],
    );
    assert.ok(!/BEGIN|\$2[aby]\$/.test(rendered[stack]!.stdout));
  });
}

test('dev runs twelve services, each by the digest of its lock (C6, P5)', () => {
  const workloads = documents(rendered.dev!.stdout).filter(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.namespace === 'cerebral-platform',
  );
  const lock = readFileSync('test/fixtures/locks/dev.yaml', 'utf8');
  assert.equal(workloads.length, 12);
  for (const image of imagesOf(workloads)) assert.ok(lock.includes(parseReference(image).digest!), image);
});

test('staging and prod run what their locks name, each image from the registry of its own environment', () => {
  const addresses = { staging: '10.44.0.202:5000', prod: '10.54.0.202:5000' };
  for (const [stack, registry] of Object.entries(addresses)) {
    const workloads = documents(rendered[stack]!.stdout).filter(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.namespace === 'cerebral-platform',
    );
    const lock = readFileSync(`test/fixtures/locks/${stack}.yaml`, 'utf8');
    // One service of prod's lock waits.
    assert.equal(workloads.length, stack === 'prod' ? 11 : 12);
    for (const image of imagesOf(workloads)) {
      assert.equal(parseReference(image).registry, registry);
      assert.ok(lock.includes(parseReference(image).digest!), image);
    }
  }
});

test('a lock without digests leaves out what would run by them, and says so', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-locks-'));
  writeFileSync(join(folder, 'local.yaml'), 'version: 1\nimages:\n  cerebral/ai-services: waiting\nupstream: {}\n');
  const { status, stdout, stderr } = render('local', '--locks', folder);
  rmSync(folder, { recursive: true });
  assert.equal(status, 0, stderr);
  assert.deepEqual(imagesOf(documents(stdout)), []);
  assert.match(stderr, /Deployment registry/);
  assert.match(stderr, /upstream docker\.io\/library\/registry:3\.1\.2 has no entry/);
});

test('an unknown stack is an error with the nearest name, and nothing on stdout', () => {
  const { status, stdout, stderr } = render('lcoal');
  assert.equal(status, 1);
  assert.equal(stdout, '');
  assert.equal(
    stderr,
    'slipway: there is no stack "lcoal"; there are ai-stack-local, ai-stack-prod, ai-stack-staging, cybermesh-dev, cybermesh-prod, dev, local, prod, staging; did you mean "local"?\n',
  );
});

test('a faulty lock is an error with its line, and nothing on stdout', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-locks-'));
  const file = join(folder, 'local.yaml');
  writeFileSync(file, 'version: 1\nimages:\n  cerebral/ai-services: later\nupstream: {}\n');
  const { status, stdout, stderr } = render('local', '--locks', folder);
  rmSync(folder, { recursive: true });
  assert.equal(status, 1);
  assert.equal(stdout, '');
  assert.ok(stderr.startsWith(`slipway: ${file}:3: `), stderr);
});

function imagesOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === 'image' && typeof item === 'string' ? [item] : imagesOf(item),
  );
}
