import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseLock, printLock } from '../../../images/lock.ts';
import { DEFAULT_PORTS } from '../../../sandbox/config.ts';
import type { StandIn } from '../../../sandbox/images/images.ts';
import { mediaTypes } from '../../../sandbox/images/layout.ts';
import { lockPath, printUpstreamLock, writeLock } from '../../../sandbox/images/upstream-lock.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

function standIn(name: StandIn['name'], reference: string, letter: string): StandIn {
  const half = (architecture: 'amd64' | 'arm64', of: string) => ({
    mediaType: mediaTypes.manifest,
    digest: digest(of),
    size: 1,
    platform: { os: 'linux' as const, architecture },
  });
  return {
    name,
    reference,
    folder: '/nowhere',
    descriptor: { mediaType: mediaTypes.index, digest: digest(letter), size: 2 },
    index: { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [half('amd64', 'd'), half('arm64', 'e')] },
  };
}

const images = [
  standIn('python', 'docker.io/library/python:3.11-slim', 'a'),
  standIn('node', 'docker.io/library/node:22-bookworm-slim', 'b'),
  standIn('system', 'localhost/slipway/system:sandbox', 'c'),
];

test('the lock of the stand-ins is a lock as the program reads it', () => {
  const text = printUpstreamLock(images);
  assert.equal(printLock(parseLock(text, 'local.yaml')), text);
});

test('it names true upstreams alone, sorted, and says that they are stand-ins', () => {
  const lock = parseLock(printUpstreamLock(images), 'local.yaml');
  assert.deepEqual(Object.keys(lock.upstream), [
    'docker.io/library/node:22-bookworm-slim',
    'docker.io/library/python:3.11-slim',
  ]);
  assert.match(printUpstreamLock(images), /pinnedBy: stand-in/);
  assert.equal(printUpstreamLock([...images].reverse()), printUpstreamLock(images));
});

test('it is written below SLIPWAY_HOME', async () => {
  const config = { home: mkdtempSync(join(tmpdir(), 'slipway-lock-')), cache: '/nowhere', ports: DEFAULT_PORTS };
  await writeLock(config, 'local', images);
  assert.equal(lockPath(config, 'local'), join(config.home, 'locks', 'local.yaml'));
  assert.equal(readFileSync(lockPath(config, 'local'), 'utf8'), printUpstreamLock(images));
});
