import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { listPlatforms, parsePlatform, platformOf } from '../../../images/platform.ts';
import { platform, platformParts } from './arbitraries.ts';

test('a normalised platform stays as it is', () => {
  fc.assert(fc.property(platform, name => parsePlatform(name) === name));
});

test('every spelling of a platform is that platform', () => {
  fc.assert(fc.property(platformParts, ({ name, parts }) => platformOf(parts) === name));
  const cases: [string, string][] = [
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/aarch64', 'linux/arm64'],
    ['Linux/AMD64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/7', 'linux/arm/v7'],
    ['linux/armhf', 'linux/arm/v7'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
  ];
  for (const [text, name] of cases) assert.equal(parsePlatform(text), name);
});

test('any text is refused or read to a platform that reads the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'armv678/linux') }), text => {
      try {
        const name = parsePlatform(text);
        return parsePlatform(name) === name;
      } catch (error) {
        return /expected os\/architecture/.test((error as Error).message);
      }
    }),
  );
});

test('what is no platform is refused with the form', () => {
  for (const text of ['', 'linux', 'linux/', '/amd64', 'a/b/c/d', 'linux/amd64/', 'linux/am d64']) {
    assert.throws(() => parsePlatform(text), {
      message: `platform "${text}": expected os/architecture[/variant], for example linux/amd64 or linux/arm64`,
    });
  }
});

test('platforms are listed as in a sentence', () => {
  assert.equal(listPlatforms([]), 'none');
  assert.equal(listPlatforms(['linux/amd64']), 'linux/amd64');
  assert.equal(listPlatforms(['a/b', 'c/d', 'e/f']), 'a/b, c/d and e/f');
});
