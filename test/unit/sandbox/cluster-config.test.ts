import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cgroupName, DEFAULT_PORTS, homePaths, loadConfig } from '../../../sandbox/config.ts';

function home(settings?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-config-'));
  if (settings !== undefined) writeFileSync(join(folder, 'config.json'), settings);
  return folder;
}

test('without a file the defaults hold, and the environment says where things are', () => {
  const folder = home();
  const config = loadConfig({ SLIPWAY_HOME: folder, XDG_CACHE_HOME: '/caches' });
  assert.deepEqual(config, { home: folder, cache: '/caches/slipway', ports: DEFAULT_PORTS });
  assert.equal(loadConfig({ SLIPWAY_HOME: folder, HOME: '/users/ada' }).cache, '/users/ada/.cache/slipway');
  assert.equal(loadConfig({ SLIPWAY_HOME: folder, SLIPWAY_CACHE: '/elsewhere' }).cache, '/elsewhere');
  assert.equal(homePaths(config).supervisorRecord, join(folder, 'run', 'supervisor.json'));
});

test('without SLIPWAY_HOME the home is .slipway in the checkout', () => {
  assert.match(loadConfig({ HOME: '/users/ada' }).home, /\/\.slipway$/);
});

test('config.json changes single ports and the cache', () => {
  const config = loadConfig({ SLIPWAY_HOME: home('{"cache":"/big/disk","ports":{"api":26443}}') });
  assert.deepEqual(config.ports, { ...DEFAULT_PORTS, api: 26443 });
  assert.equal(config.cache, '/big/disk');
});

test('every fault of config.json is told at once, with the keys that are known', () => {
  const folder = home('{"port":1,"ports":{"api":0,"door":"x"}}');
  assert.throws(
    () => loadConfig({ SLIPWAY_HOME: folder }),
    (error: Error) =>
      error.message.startsWith(`${folder}/config.json: `) &&
      [
        'ports.api',
        'ports.door',
        '"port"',
        'Known keys: cache, ports.{api,registry,mirror,staging,external,s3,aiStack,git,door}',
      ].every(text => error.message.includes(text)),
  );
  assert.throws(() => loadConfig({ SLIPWAY_HOME: home('{') }), /not JSON .*mend it, or remove it/);
});

test('two names can not have one port', () => {
  const folder = home('{"ports":{"git":16443}}');
  assert.throws(() => loadConfig({ SLIPWAY_HOME: folder }), /ports\.git and ports\.api are both 16443/);
});

test('each home has a cgroup of its own', () => {
  const named = (path: string) => cgroupName({ home: path, cache: '/c', ports: DEFAULT_PORTS });
  assert.match(named('/a'), /^slipway-[0-9a-f]{8}$/);
  assert.notEqual(named('/a'), named('/b'));
});
