// What must show nothing: a preview after everything, a second checkout, a second up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCopy } from '../support/checkout.ts';
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
    await withCopy(async other => {
      const args = ['run', '--silent', 'pulumi', '--', 'preview', '--color', 'never', '--expect-no-changes'];
      assert.deepEqual(changes(await f.npm(args, other)), []);
    });
  });

  test('one more up changes nothing', async () => {
    const up = await fixture().pulumi('up', '--yes', '--skip-preview', '--color', 'never');
    assert.deepEqual(changes(up), []);
  });
}
