// A garbage collection with the real registry: what it takes, what it leaves, and what becomes of a push meanwhile.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { READ_ONLY_VARIABLE } from '../../commands/prune/hold.ts';
import { registryConfigs } from '../../components/registry-config.ts';
import { type Digest, digestOf } from '../../images/digest.ts';
import { OCI_MANIFEST } from '../../images/manifest.ts';
import { RegistryClient } from '../../images/registry.ts';
import { pushedWhole } from '../../images/registry-upkeep.ts';
import { type RegistryProcess, serveRegistry } from './registry-process.ts';

const NAME = 'registry.test';
const ref = { registry: NAME, repository: 'cerebral/ai-services' };

test('garbage goes, what only a digest names stays, and a push meanwhile waits and is whole (A8)', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-garbage-'));
  const config = parse(registryConfigs(undefined, 'open').inside);
  config.storage.filesystem.rootdirectory = join(folder, 'data');
  config.http.addr = '127.0.0.1:0';
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(config));
  let serving: RegistryProcess | undefined = await serveRegistry(config);
  const change = async (env?: Record<string, string>) => {
    await serving?.stop();
    // The pod changes: nothing listens for a moment.
    serving = undefined;
    await sleep(500);
    serving = await serveRegistry(config, { env });
  };
  // One address, whichever process is behind it.
  const door = createServer(socket => {
    socket.on('error', () => {});
    if (!serving) return socket.destroy();
    const behind = connect(Number(new URL(serving.url).port), '127.0.0.1').on('error', () => socket.destroy());
    return socket.pipe(behind).pipe(socket);
  });
  await new Promise<void>(resolve => door.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    door.close();
    await serving?.stop();
    rmSync(folder, { recursive: true });
  });
  const said: string[] = [];
  const client = new RegistryClient({
    patience: { readOnly: 60_000, away: 30_000, every: 200, say: line => said.push(line) },
    endpoints: [{ name: NAME, aliases: [], url: `http://127.0.0.1:${(door.address() as AddressInfo).port}` }],
  });
  const put = async (text: string): Promise<Digest> => {
    const bytes = Buffer.from(text);
    const blob = { digest: digestOf(bytes), size: bytes.length };
    await client.putBlob(ref, blob, async function* () {
      yield bytes;
    });
    return blob.digest;
  };
  const image = (config: Digest, layer: Digest, tag?: string) => {
    const blob = (digest: Digest, kind: string) => ({
      mediaType: `application/vnd.oci.image.${kind}`,
      digest,
      size: 1,
    });
    const layers = [blob(layer, 'layer.v1.tar')];
    const body = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: blob(config, 'config.v1+json'), layers };
    return client.put({ ...ref, tag }, Buffer.from(JSON.stringify(body)), OCI_MANIFEST);
  };

  const [removed, pinned, shared] = [await put('removed'), await put('pinned'), await put('shared')];
  const old = await image(removed, shared, 'main');
  const running = await image(pinned, shared);
  // A push has brought a layer, and nothing that names it.
  const early = await put('early');
  await client.remove({ ...ref, digest: old });
  assert.ok(await client.hasBlob(ref, removed), 'a removal frees nothing');

  await change({ [READ_ONLY_VARIABLE.name]: READ_ONLY_VARIABLE.value });
  const refused = await fetch(`${serving!.url}/v2/${ref.repository}/blobs/uploads/`, { method: 'POST' });
  assert.deepEqual([refused.status, await refused.text()], [405, 'Method not allowed\n']);
  assert.equal((await client.manifest({ ...ref, digest: running }))?.digest, running, 'pulls go on');
  let pushes = 0;
  const pushed = pushedWhole(
    async () => {
      pushes += 1;
      const layer = (await client.hasBlob(ref, early)) ? early : await put('early');
      return image(await put('late'), layer, 'main');
    },
    line => said.push(line),
  );
  while (said.length === 0) await sleep(50);
  assert.match(said[0]!, /^waiting up to 60 s for the registry: POST \S+: READ_ONLY: /);

  const binary = process.env.SLIPWAY_REGISTRY_BIN!;
  const env = { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' };
  const { status, stdout } = spawnSync(binary, ['garbage-collect', 'config.yml'], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout);
  // The manifest that went, its config, and the layer of the push.
  assert.match(stdout, /^3 blobs marked, 3 blobs and 0 manifests eligible for deletion$/m);
  assert.equal(await client.hasBlob(ref, removed), false);

  await change();
  const whole = (await client.manifest({ ...ref, digest: await pushed }))!.manifest;
  assert.equal(pushes, 2, 'the layer that it found there had gone');
  assert.ok(whole.kind === 'image');
  for (const { digest } of [whole.config, ...whole.layers]) assert.ok(await client.hasBlob(ref, digest), digest);
  const kept = (await client.manifest({ ...ref, digest: running }))!.manifest;
  assert.ok(kept.kind === 'image');
  for (const { digest } of [kept.config, ...kept.layers]) assert.ok(await client.hasBlob(ref, digest), digest);
});
