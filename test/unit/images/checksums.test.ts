import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseChecksums } from '../../../images/checksums.ts';
import { digestOf } from '../../../images/digest.ts';

const SUM = 'a'.repeat(64);

test('what sha256sum writes is read, in each of its forms (M5)', t => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-checksums-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'a b'));
  writeFileSync(join(folder, 'a b/größe  x.bin'), 'model');
  for (const args of [['./a b/größe  x.bin'], ['--binary', 'a b/größe  x.bin']]) {
    const text = execFileSync('sha256sum', args, { cwd: folder, encoding: 'utf8' });
    assert.deepEqual(parseChecksums(text), [{ path: 'a b/größe  x.bin', digest: digestOf('model') }]);
  }
  assert.deepEqual(parseChecksums(`# models\r\n\r\n${SUM.toUpperCase()}  x\r\n`), [
    { path: 'x', digest: `sha256:${SUM}` },
  ]);
});

const REFUSED: [text: string, why: RegExp][] = [
  ['', /it is empty; expected lines of 64 hexadecimal digits/],
  [`${SUM}  a\n${SUM}  a/b`, /^a is a file of the list, and a\/b needs a folder of that name$/],
  [`${SUM}  a\n${SUM}  ./a`, /^line 2: found "a" a second time/],
  [`\\${SUM}  a\\nb`, /^line 1: found "/],
  [`${SUM}  .part-x`, /does not begin with \.part-/],
  [`${SUM}  a//b`, /stays below its folder/],
  [`${SUM}  ./`, /expected 64 hexadecimal digits|stays below/],
  [`${SUM} a`, /two spaces and a relative path/],
  [`${SUM.slice(1)}  a`, /64 hexadecimal digits/],
  ['x\n'.repeat(9), /line 5: .* \| and 4 more$/],
];
for (const [text, why] of REFUSED) {
  test(`a checksum list is refused: ${JSON.stringify(text.replaceAll(SUM, '<sum>'))} (M5)`, () => {
    assert.throws(() => parseChecksums(text), { message: why });
  });
}

test('no path that is taken leaves its folder, whatever it is made of (M5)', () => {
  const part = fc.constantFrom('..', '.', '', 'a', '...', 'b c', '~', '\\', '..\\', '\0');
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), parts => {
      const path = parts.join('/');
      let taken: string | undefined;
      try {
        taken = parseChecksums(`${SUM}  ${path}`)[0]!.path;
      } catch {
        return;
      }
      assert.ok(posix.resolve('/target', taken).startsWith('/target/') && !/[\0\\]/.test(taken), path);
    }),
  );
});
