import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEngine } from './engine.ts';
import { imageState } from './image-state.ts';

const image = `10.34.0.202:5000/cerebral/ai-services:main@sha256:${'d'.repeat(64)}`;

test('a service is the same at a second up, and a tag is refused', async t => {
  const engine = await startEngine('test/engine/programs/service', 'test');
  t.after(engine.end);
  const configure = (reference?: string) =>
    engine.configure({
      'slipway-test-service:folder': join(engine.folder, 'manifests'),
      ...(reference && { 'slipway-test-service:image': reference }),
    });

  configure(image);
  const up = await engine.pulumi(['up', '--yes', '--skip-preview']);
  assert.equal(up.status, 0, up.output);
  const again = await engine.pulumi(['preview', '--expect-no-changes']);
  assert.equal(again.status, 0, again.output);

  configure('10.34.0.202:5000/cerebral/ai-services:main');
  const refused = await engine.pulumi(['preview']);
  assert.notEqual(refused.status, 0);
  assert.match(refused.output, /ai-services\.image: "10\.34\.0\.202:5000\/cerebral\/ai-services:main" names no digest/);
});

test('no destroy, no dropped registry and no other class takes the images away; the volume may grow, and protection be lifted', async t => {
  const engine = await startEngine('test/engine/programs/registry', 'test');
  t.after(engine.end);
  const configure = (storage: object, more: { namespace?: string; declared?: string } = {}) =>
    engine.configure(
      Object.fromEntries(
        Object.entries({ folder: join(engine.folder, 'manifests'), storage, ...more }).map(([key, value]) => [
          `slipway-test-registry:${key}`,
          value,
        ]),
      ),
    );
  const up = async () => {
    const { status, output } = await engine.pulumi(['up', '--yes', '--skip-preview']);
    assert.equal(status, 0, output);
  };
  const refused = async (args: string[], what: RegExp) => {
    const { status, output } = await engine.pulumi(args);
    assert.notEqual(status, 0, output);
    assert.match(output, what);
  };

  configure({ size: '20Gi' });
  await up();
  const volume = /PersistentVolumeClaim::registry-volume" cannot be deleted\s+because it is protected/;
  const unable = (what: string) => new RegExp(`unable to replace resource "\\S+::${what}"\\s+.*marked for protection`);
  await refused(['destroy', '--yes'], volume);
  const kept = await engine.pulumi(['preview', '--expect-no-changes']);
  assert.equal(kept.status, 0, `a refused destroy has changed nothing: ${kept.output}`);
  await refused(['destroy', '--yes', '--skip-preview'], volume);
  await up();

  configure({ size: '20Gi' }, { declared: 'false' });
  await refused(['preview'], volume);
  configure({ size: '20Gi' }, { namespace: 'images' });
  await refused(['preview'], unable('registry-namespace'));
  configure({ size: '20Gi', class: 'fast' });
  await refused(['preview'], unable('registry-volume'));

  configure({ size: '40Gi' });
  await up();
  configure({ size: '40Gi', protect: false });
  await up();
  const destroyed = await engine.pulumi(['destroy', '--yes', '--skip-preview']);
  assert.equal(destroyed.status, 0, destroyed.output);
});

test('a changed context makes the digest unknown in a preview, and never empty', async t => {
  const engine = await startEngine('test/engine/programs/image', 'test');
  t.after(engine.end);
  engine.configure({});
  const state = join(engine.folder, 'state.json');
  writeFileSync(state, JSON.stringify(imageState('slipway-test-image', 'test', 'base')));
  const imported = await engine.pulumi(['stack', 'import', '--file', state]);
  assert.equal(imported.status, 0, imported.output);

  const { status, output } = await engine.pulumi(['preview', '--diff']);
  assert.equal(status, 0, output);
  assert.match(output, /docker-build:index:Image: \(update\)/);
  assert.match(output, /command:local:Command: \(replace\)/);
  assert.match(output, /triggers\s*: \[\n\s*~ \[0\]: "sha256:d{64}" => \[unknown\]/);
});
