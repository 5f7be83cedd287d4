import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageOf } from '../../../../commands/osv/packages.ts';

test("a package of Debian goes by its source's name and version (A7)", () => {
  const of = (text: string) => packageOf(`pkg:deb/${text}`);
  assert.deepEqual(of('debian/libssl3@3.0.11-1~deb12u1?arch=amd64&distro=debian-12&upstream=openssl'), {
    ecosystem: 'Debian:12',
    name: 'openssl',
    version: '3.0.11-1~deb12u1',
    installedAs: 'libssl3',
  });
  assert.deepEqual(of('debian/libfoo1@1.2-3%2Bb1?arch=amd64&distro=debian-12&upstream=foo%401.2-3'), {
    ecosystem: 'Debian:12',
    name: 'foo',
    version: '1.2-3',
    installedAs: 'libfoo1',
  });
  assert.deepEqual(of('debian/bash@5.2?distro=debian-12.5'), { ecosystem: 'Debian:12', name: 'bash', version: '5.2' });
  assert.equal(of('ubuntu/bash@5.1?distro=ubuntu-22.04')!.ecosystem, 'Ubuntu:22.04');
  assert.equal(of('mint/bash@5.1?distro=linuxmint-21')!.ecosystem, 'deb of linuxmint-21');
  // As a program's own note names the package that it is of.
  assert.equal(packageOf('pkg:deb/systemd@252.39', 'debian-12')!.ecosystem, 'Debian:12');
  assert.equal(packageOf('pkg:deb/systemd@252.39')!.ecosystem, 'deb of no distribution');
});

test('other packages go by the names that OSV has for them (A7)', () => {
  assert.deepEqual(packageOf('pkg:pypi/Foo_Bar@1.0'), { ecosystem: 'PyPI', name: 'foo-bar', version: '1.0' });
  assert.deepEqual(packageOf('pkg:npm/%40scope/lodash@4.17.4'), {
    ecosystem: 'npm',
    name: '@scope/lodash',
    version: '4.17.4',
  });
  assert.deepEqual(packageOf('pkg:golang/github.com/a/b@v1.2.3#sub'), {
    ecosystem: 'Go',
    name: 'github.com/a/b',
    version: 'v1.2.3',
  });
  assert.equal(packageOf('pkg:apk/alpine/musl@1.2')!.ecosystem, 'Alpine');
  assert.equal(packageOf('pkg:generic/python@3.11.9'), undefined);
});
