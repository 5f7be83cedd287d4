import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { normaliseModes } from '../../../components/context-modes.ts';

test('a context has the same file modes under every umask', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-modes-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'below'));
  const modes = { plain: 0o600, group: 0o664, 'below/run': 0o700, 'below/done': 0o755 };
  for (const [name, mode] of Object.entries(modes)) {
    writeFileSync(join(folder, name), name);
    chmodSync(join(folder, name), mode);
  }
  await normaliseModes(folder);
  const found = Object.fromEntries(Object.keys(modes).map(name => [name, statSync(join(folder, name)).mode & 0o777]));
  assert.deepEqual(found, { plain: 0o644, group: 0o644, 'below/run': 0o755, 'below/done': 0o755 });
});
