// The mirror's storage is written and not pushed: a real registry serves it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { mirrorProcess } from '../../sandbox/builder/mirror.ts';
import { DEFAULT_PORTS } from '../../sandbox/config.ts';
import { writeLayer } from '../../sandbox/images/layer.ts';
import { finishLayout, readLayout, startLayout, writeImage } from '../../sandbox/images/layout.ts';
import { storeImage } from '../../sandbox/images/mirror.ts';
import { stage } from '../../sandbox/images/stage.ts';

const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

test('a stand-in is served under its true repository and tag, every platform of it, and nothing can be pushed', async () => {
  const home = mkdtempSync(join(tmpdir(), 'slipway-mirror-'));
  const [layout, content, storage] = ['layout', 'content', 'storage'].map(name => join(home, name));
  await startLayout(layout!);
  await stage(content!, [{ path: 'etc/hello', text: 'hello' }]);
  const layer = await writeLayer(layout!, content!, { compression: 'gzip' });
  const halves = (['amd64', 'arm64'] as const).map(architecture =>
    writeImage(layout!, { architecture, layers: [layer], config: {}, origin: 'a test' }),
  );
  await finishLayout(layout!, await Promise.all(halves));
  const image = { reference: 'docker.io/library/python:3.11-slim', folder: layout!, ...(await readLayout(layout!)) };
  await storeImage(image, storage!);

  const port = await freePort();
  const tools = { path: () => process.env.SLIPWAY_REGISTRY_BIN! };
  const mirror = await mirrorProcess({ home, cache: home, ports: { ...DEFAULT_PORTS, mirror: port } }, tools, storage!);
  const [program, ...args] = mirror.argv;
  const child = spawn(program!, args, { env: mirror.env, stdio: 'ignore' });
  const ended = new Promise(resolve => child.on('close', resolve));
  try {
    await mirror.ready();
    const url = `http://127.0.0.1:${port}/v2/library/python`;
    const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';
    const ask = (path: string, init?: RequestInit) => fetch(`${url}/${path}`, { headers: { accept }, ...init });
    const index = await ask('manifests/3.11-slim');
    assert.equal(index.headers.get('docker-content-digest'), image.descriptor.digest);
    for (const { digest } of image.index.manifests) {
      const manifest = (await (await ask(`manifests/${digest}`)).json()) as { layers: { digest: string }[] };
      const blob = await ask(`blobs/${manifest.layers[0]!.digest}`);
      assert.equal((await blob.arrayBuffer()).byteLength, layer.size);
    }
    assert.equal((await ask('blobs/uploads/', { method: 'POST' })).status, 405);
  } finally {
    child.kill('SIGKILL');
    await ended;
    rmSync(home, { recursive: true });
  }
});
