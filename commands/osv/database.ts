// A database of known vulnerabilities that somebody has fetched: a zip archive of OSV's (all.zip), a folder of such JSON
// files, or one JSON file with a list of records.
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Digest, digestOf } from '../../images/digest.ts';
import { readZip } from '../requirements/zip.ts';
import type { OsvRecord } from './record.ts';

/** Which database it was, for a report: nothing of the machine that it lay on. */
export interface DatabaseIdentity {
  name: string;
  digest: Digest;
  records: number;
  /** When the newest of its records was last changed, as the record writes it; undefined where none says so. */
  newest: string | undefined;
  /** The ecosystems that it has records of, as it spells them. */
  ecosystems: string[];
}

const allowed =
  'a zip archive of OSV (for example its Debian/all.zip), a folder of its JSON files, or a JSON list of them';

/**
 * Reads the database at `path` and keeps the records that `wanted` is true of: a whole one is larger than what a scan
 * needs of it by far. Throws one line that names the file, and `path` where there is nothing to read.
 */
export async function readDatabase(
  path: string,
  wanted: (record: OsvRecord) => boolean = () => true,
): Promise<{ identity: DatabaseIdentity; records: OsvRecord[] }> {
  const records: OsvRecord[] = [];
  const ecosystems = new Set<string>();
  let count = 0;
  let newest: string | undefined;
  try {
    const { digest, documents } = await open(path);
    for await (const { name, content } of documents) {
      for (const record of recordsOf(name, content)) {
        count += 1;
        if (record.modified !== undefined && (newest === undefined || record.modified > newest))
          newest = record.modified;
        for (const { package: known } of record.affected ?? []) if (known) ecosystems.add(known.ecosystem);
        if (wanted(record)) records.push(record);
      }
    }
    if (count === 0) throw new Error('it has no record');
    const identity = {
      name: basename(path),
      digest: digest(),
      records: count,
      newest,
      ecosystems: [...ecosystems].sort(),
    };
    return { identity, records };
  } catch (error) {
    throw new Error(`vulnerability database ${path}: ${(error as Error).message}; expected ${allowed}`);
  }
}

interface Documents {
  /** Of all of it; to be asked once the documents are read. */
  digest: () => Digest;
  documents: AsyncIterable<Document> | Iterable<Document>;
}

interface Document {
  name: string;
  content: Buffer;
}

async function open(path: string): Promise<Documents> {
  if ((await stat(path)).isDirectory()) return ofFolder(path);
  const bytes = await readFile(path);
  const digest = () => digestOf(bytes);
  if (bytes.subarray(0, 2).toString('latin1') === 'PK') return { digest, documents: jsonOf(readZip(bytes)) };
  return { digest, documents: [{ name: basename(path), content: bytes }] };
}

async function ofFolder(path: string): Promise<Documents> {
  const names = (await readdir(path, { recursive: true })).filter(isJson).sort();
  const hash = createHash('sha256');
  async function* documents() {
    for (const name of names) {
      const content = await readFile(join(path, name));
      hash.update(`${digestOf(content)} ${name}\n`);
      yield { name, content };
    }
  }
  return { digest: () => `sha256:${hash.digest('hex')}`, documents: documents() };
}

function* jsonOf(files: Iterable<Document>): Generator<Document> {
  for (const file of files) if (isJson(file.name)) yield file;
}

const isJson = (name: string) => name.endsWith('.json');

function recordsOf(name: string, content: Buffer): OsvRecord[] {
  let read: unknown;
  try {
    read = JSON.parse(content.toString('utf8'));
  } catch {
    throw new Error(`${name} is not JSON`);
  }
  const records = Array.isArray(read) ? read : [read];
  const strange = records.find(record => typeof record?.id !== 'string');
  if (strange !== undefined || records.includes(undefined))
    throw new Error(`${name} is no record of OSV: it has no id`);
  return records as OsvRecord[];
}
