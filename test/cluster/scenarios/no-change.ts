// What must show nothing: a preview after everything, a second checkout, a second up.
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkout } from '../../../sandbox/checkout.ts';
import type { Ended, Fixture } from '../support/fixture.ts';
import { previewReport } from '../support/report.ts';

/** The changes of a preview or up, by kind, from the engine's own summary. */
function changes(ended: Ended): string[] {
  assert.equal(ended.status, 0, ended.output);
  assert.match(ended.output, /\d+ unchanged/, ended.output);
  return [
    ...ended.output.matchAll(/^\s+([+~-]+\s?\d+ (?:to )?\w+|\d+ (?:to )?(?:create|update|delete|replace)\w*)/gm),
  ].map(m => m[1]!);
}

export function noChange(fixture: () => Fixture): void {
  test('a preview after all that shows no change (P3)', async () => {
    const preview = await fixture().pulumi('preview', '--color', 'never', '--expect-no-changes');
    assert.deepEqual(changes(preview), []);
  });

  test('slipway preview after all that is one line (P3)', async () => {
    assert.equal(await previewReport(fixture()), 'local: nothing changes\n');
  });

  test('a preview from a second checkout at another path shows no change (P3)', async () => {
    const f = fixture();
    const other = await mkdtemp(join(tmpdir(), 'slipway-other-'));
    try {
      const away = ['.slipway', '.git'].map(name => join(checkout, name));
      await cp(checkout, other, { recursive: true, filter: path => !away.includes(path), verbatimSymlinks: true });
      const preview = await f.npm(
        ['run', '--silent', 'pulumi', '--', 'preview', '--color', 'never', '--expect-no-changes'],
        other,
      );
      assert.deepEqual(changes(preview), []);
    } finally {
      await rm(other, { recursive: true, force: true });
    }
  });

  test('one more up changes nothing', async () => {
    const up = await fixture().pulumi('up', '--yes', '--skip-preview', '--color', 'never');
    assert.deepEqual(changes(up), []);
  });
}
