// Whether a bundle is still what its sources make of it: a record beside it has the digest of every file that went into
// it, and of what came out. Plain JavaScript on nothing but Node: each start of the program waits for it.
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export function upToDate(output) {
  try {
    const record = JSON.parse(readFileSync(recordOf(output), 'utf8'));
    for (const [file, digest] of Object.entries(record.sources)) {
      if (digestOf(readFileSync(file)) !== digest) return undefined;
    }
    const text = readFileSync(output, 'utf8');
    return digestOf(text) === record.output ? text : undefined;
  } catch {
    return undefined;
  }
}

export const recordOf = output => `${output}.json`;

export const digestOf = content => hash('sha256', content);
