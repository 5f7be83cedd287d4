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

interface ImageEvent {
  type: string;
  urn: string;
  inputs: object;
  outputs: { contextHash: string };
}

/** What the engine has in hand of each base at the end of a preview, by tag; `built`: the bases that the stack has. */
async function previewed(t: TestContext, folder: string, built?: ImageEvents): Promise<ImageEvents> {
  const engine = await startEngine(folder, 'test');
  t.after(engine.end);
  engine.configure({});
  const run = async (...args: string[]) => {
    const { status, output } = await engine.pulumi(args, { PULUMI_DEBUG_COMMANDS: 'true' });
    assert.equal(status, 0, output);
  };
  const [state, log] = ['state.json', 'events'].map(name => join(engine.folder, name)) as [string, string];
  if (built) {
    writeFileSync(state, JSON.stringify(stateOf(built)));
    await run('stack', 'import', '--file', state);
  }
  await run('preview', '--event-log', log);
  const events = readFileSync(log, 'utf8').trim().split('\n');
  const seen = events.map(line => JSON.parse(line).resOutputsEvent?.metadata.new as ImageEvent | undefined);
  const images = seen.filter(image => image?.type === 'docker-build:index:Image') as ImageEvent[];
  return Object.fromEntries(images.map(image => [image.urn.split('::').at(-1)!, image]));
}

type ImageEvents = Record<string, ImageEvent>;

/** A stack that has built every base with these inputs, from another context. */
function stateOf(images: ImageEvents): object {
  const states = Object.entries(images).map(([tag, { inputs }]) => {
    const state = imageState('slipway', 'test', tag);
    const image = state.deployment.resources.find(({ type }) => type === 'docker-build:index:Image')!;
    Object.assign(image, { inputs, outputs: { ...image.outputs, ...inputs } });
    return state;
  });
  const resources = new Map(states.flatMap(({ deployment }) => deployment.resources.map(one => [one.urn, one])));
  return { ...states[0], deployment: { ...states[0]!.deployment, resources: [...resources.values()] } };
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
  // Of an image that is to be made a preview knows no digest; of one whose context alone has changed it does.
  const built = await previewed(t, one);
  const contextHashes = async (folder: string) =>
    Object.fromEntries(
      Object.entries(await previewed(t, folder, built)).map(([tag, image]) => [tag, image.outputs.contextHash]),
    );
  const hashes = await contextHashes(one);
  assert.deepEqual(Object.keys(hashes).sort(), cerebral.bases.map(({ tag }) => tag).sort());
  for (const hash of Object.values(hashes)) assert.match(hash, /^[0-9a-f]{64}$/);
  assert.deepEqual(await contextHashes(other), hashes);

  appendFileSync(join(other, 'docker', 'requirements-unified.txt'), '# another\n');
  const changed = await contextHashes(other);
  for (const [tag, hash] of Object.entries(changed)) assert.notEqual(hash, hashes[tag], tag);
});
