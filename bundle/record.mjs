// @ts-check
// Whether a bundle is still what its sources make of it: a record beside it has the digest of every file that went into
// it, and of what came out. Plain JavaScript on nothing but Node: each start of the program waits for it.
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * The text of a bundle, or undefined where it is not there or a source has another content by now.
 * @param {string} output path of the bundle; like those in its record it starts at the checkout, the working directory
 * @returns {string | undefined}
 */
export function upToDate(output) {
  try {
    /** @type {{ sources: Record<string, string>, output: string }} */
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

/** @param {string} output */
export const recordOf = output => `${output}.json`;

/** @param {string | Uint8Array} content */
export const digestOf = content => hash('sha256', content);
