// That what needs a cluster can still be measured; how long it takes is nobody's concern here.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fixture } from '../support/fixture.ts';

export function benches(fixture: () => Fixture): void {
  for (const [name, series] of Object.entries({
    push: ['git push → new pod serves', 'floor: git push → new pod serves'],
    preview: ['preview, nothing changed', 'bare program: preview, nothing changed'],
  })) {
    test(`npm run bench -- ${name} measures a sandbox that runs, beside its alternative`, async () => {
      const { status, output } = await fixture().npm(['run', '--silent', 'bench', '--', name, '--runs', '1', '--dry']);
      assert.equal(status, 0, output);
      for (const what of series) assert.match(output, new RegExp(`^\\| ${what} \\| \\d`, 'm'));
    });
  }
}
