// The buckets of the store: what a system's repository brings, a file of some megabytes that no repository would hold, and
// the list of checksums by which a download is judged.
import { createCipheriv, createHash } from 'node:crypto';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from '../checkout.ts';

/** Folder of the checkout by bucket. */
const buckets = {
  'cybermesh-models': 'samples/cybermesh/models',
  'cybermesh-datasets': 'samples/cybermesh/datasets',
} as const;

/** Object by its bucket: bytes that no compression makes less of, the same on every machine. */
const large = { bucket: 'cybermesh-models', key: 'weights.bin', bytes: 5 * 2 ** 20 };

/** The object of every bucket with its checksums, as sha256sum writes and checks them. */
export const listName = 'SHA256SUMS';

/** Fills the empty folder `folder` with a folder for each bucket. */
export async function writeObjects(folder: string): Promise<void> {
  for (const [bucket, source] of Object.entries(buckets)) {
    const target = join(folder, bucket);
    await cp(join(checkout, source), target, { recursive: true });
    if (bucket === large.bucket) await writeFile(join(target, large.key), noise(large.bytes));
    await writeFile(join(target, listName), await printChecksums(target));
  }
}

/** `<hex>  <path>` for each file below `folder`, sorted. */
export async function printChecksums(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
  const lines = await Promise.all(
    files.sort().map(async file => {
      const hex = createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
      return `${hex}  ${file.slice(folder.length + 1)}\n`;
    }),
  );
  return lines.join('');
}

/** A stream cipher over zeros. */
function noise(bytes: number): Buffer {
  const key = createHash('sha256').update(large.key).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}
