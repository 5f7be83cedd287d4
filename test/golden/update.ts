// `npm run golden`: writes the golden files and what is derived from the schema anew. A failing test never does.
import { rmSync, writeFileSync } from 'node:fs';
import { printRows, rowTests } from '../rows/rows.ts';
import { derivedFiles } from './derived.ts';
import { render, stacks } from './rendering.ts';

// First: a render reads the defaults in Pulumi.yaml.
for (const [path, text] of derivedFiles()) writeFileSync(path, text);
for (const stack of stacks) {
  const { status, stdout, stderr } = render(stack, '--locks', 'test/fixtures/locks');
  if (status !== 0) {
    process.stderr.write(stderr);
    process.exit(1);
  }
  writeFileSync(`test/golden/${stack}.yaml`, stdout);
  rmSync(`test/golden/${stack}.yaml.got`, { force: true });
}
writeFileSync('docs/rows.md', printRows(rowTests()));
