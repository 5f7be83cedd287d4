// What is written from settings/schema.ts into other files, so that a key is described in one place.
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { keyTable, pulumiConfig, stackFileSchema } from '../../settings/declarations.ts';

const [begin, end] = ['<!-- keys: npm run golden -->\n', '<!-- end of keys -->'];

/** Path → the text that the file should have; all else in a file stays as it is. */
export function derivedFiles(): Map<string, string> {
  return new Map([
    ['Pulumi.yaml', project(readFileSync('Pulumi.yaml', 'utf8'))],
    ['settings/stack.schema.json', `${JSON.stringify(stackFileSchema(), null, 2)}\n`],
    ['docs/configuration.md', page(readFileSync('docs/configuration.md', 'utf8'))],
  ]);
}

function project(text: string): string {
  const document = parseDocument(text);
  document.set('config', document.createNode(pulumiConfig()));
  return document.toString({ lineWidth: 0 });
}

function page(text: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`docs/configuration.md: expected a line ${begin.trim()} and a line ${end}`);
  return text.slice(0, from) + begin + keyTable() + text.slice(to);
}
