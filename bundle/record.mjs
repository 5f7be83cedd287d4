// Whether a bundle is still what its sources make of it: a record beside it has the digest of every file that went into
// it, and of what came out. Plain JavaScript on nothing but Node: each start of the program waits for it.
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function upToDate(output, checkout = '') {
  try {
    const record = JSON.parse(readFileSync(join(checkout, recordOf(output)), 'utf8'));
    for (const [file, digest] of Object.entries(record.sources)) {
      if (digestOf(readFileSync(join(checkout, file))) !== digest) return undefined;
    }
    const text = readFileSync(join(checkout, output), 'utf8');
    return digestOf(text) === record.output ? text : undefined;
  } catch {
    return undefined;
  }
}

export const recordOf = output => `${output}.json`;

export const digestOf = content => hash('sha256', content);
