// What a build's context is to the provider: the same from every checkout that has the same content.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { cerebral } from '../../systems/cerebral.ts';
import { startEngine } from './engine.ts';
import { imageState } from './image-state.ts';

const checkout = resolve('.');
const program = `
import { normaliseModes } from '${checkout}/components/context-modes.ts';
import { Image } from '${checkout}/components/image.ts';
export default async () => {
  await normaliseModes('docker');
  for (const { tag, dockerfile, context } of ${JSON.stringify(cerebral.bases)}) {
    new Image(tag, {
      repository: 'cerebral/ai-base', tag, dockerfile, context, builder: 'slipway-test',
      registry: { name: '10.34.0.202:5000', aliases: [], url: 'https://127.0.0.1:15000' },
      platforms: ['linux/amd64', 'linux/arm64'],
      upstream: reference => reference + '@sha256:${'e'.repeat(64)}',
    });
  }
};
`;

/** A copy of what the bases are built from, with the program that declares them. */
function copy(folder: string): string {
  mkdirSync(folder);
  cpSync('docker', join(folder, 'docker'), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(
    join(folder, 'Pulumi.yaml'),
    'name: slipway\nmain: index.ts\nruntime: { name: nodejs, options: { typescript: false } }\n',
  );
  writeFileSync(join(folder, 'index.ts'), program);
  return folder;
}

/** The state of a stack that has built every base, from another context. */
function builtBefore(): object {
  const states = cerebral.bases.map(({ tag }) => imageState('slipway', 'test', tag));
  const resources = new Map(states.flatMap(({ deployment }) => deployment.resources.map(one => [one.urn, one])));
  const [first] = states;
  return { ...first, deployment: { ...first!.deployment, resources: [...resources.values()] } };
}

/** The provider's digest of each base's context, by tag. */
async function contextHashes(t: TestContext, folder: string): Promise<Record<string, string>> {
  const engine = await startEngine(folder, 'test');
  t.after(engine.end);
  engine.configure({});
  // What a preview of an update makes of a context is known; that of a new image is not.
  const state = join(engine.folder, 'state.json');
  writeFileSync(state, JSON.stringify(builtBefore()));
  const imported = await engine.pulumi(['stack', 'import', '--file', state]);
  assert.equal(imported.status, 0, imported.output);
  const log = join(engine.folder, 'events');
  const { status, output } = await engine.pulumi(['preview', '--event-log', log], { PULUMI_DEBUG_COMMANDS: 'true' });
  assert.equal(status, 0, output);
  const events = readFileSync(log, 'utf8').trim().split('\n');
  const states = events.map(line => (JSON.parse(line) as OutputsEvent).resOutputsEvent?.metadata.new);
  const images = states.filter(state => state?.type === 'docker-build:index:Image');
  return Object.fromEntries(images.map(image => [image!.urn.split('::').at(-1)!, image!.outputs.contextHash]));
}

interface OutputsEvent {
  resOutputsEvent?: { metadata: { new?: { type: string; urn: string; outputs: { contextHash: string } } } };
}

test("a context's digest is the same from another path, with other file modes and times, and beside ignored files; another content is another digest", async t => {
  const engine = await startEngine('test/engine/programs/image', 'test');
  t.after(engine.end);
  const one = copy(join(engine.folder, 'one'));
  const other = copy(join(engine.folder, 'another-path'));
  for (const entry of readdirSync(join(other, 'docker'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    chmodSync(file, 0o600);
    utimesSync(file, 1, 1);
  }
  mkdirSync(join(other, 'docker', '__pycache__'));
  for (const ignored of [
    'notes.md',
    'docker/notes.md',
    'docker/__pycache__/x.pyc',
    'docker/requirements-unified.bak',
  ]) {
    writeFileSync(join(other, ignored), 'mine');
  }
  const hashes = await contextHashes(t, one);
  assert.deepEqual(Object.keys(hashes).sort(), cerebral.bases.map(({ tag }) => tag).sort());
  for (const hash of Object.values(hashes)) assert.match(hash, /^[0-9a-f]{64}$/);
  assert.deepEqual(await contextHashes(t, other), hashes);

  appendFileSync(join(other, 'docker', 'requirements-unified.txt'), '# another\n');
  const changed = await contextHashes(t, other);
  for (const [tag, hash] of Object.entries(changed)) assert.notEqual(hash, hashes[tag], tag);
});
