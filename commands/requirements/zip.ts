// The files of a zip archive, as a database of advisories comes in one.
import { inflateRawSync } from 'node:zlib';

const END = Buffer.from('PK\x05\x06', 'latin1');
/** Of the end record for archives of 65,536 files or more, and of what tells where that is. */
const [END_64, LOCATOR_64] = [0x06064b50, 0x07064b50];
const LENGTH_OF_LOCATOR = 20;
const ENTRY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

/** Name and content of each file, in the archive's order. Throws one line on what is no zip, or cut off. */
export function* readZip(bytes: Buffer): Generator<{ name: string; content: Buffer }> {
  const end = bytes.lastIndexOf(END);
  if (end < 0 || end + 22 > bytes.length) throw new Error('it is no zip archive, or cut off');
  let at = directoryOf(bytes, end);
  while (at + 46 <= bytes.length && bytes.readUInt32LE(at) === ENTRY) {
    const [method, size] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)];
    const [name, extra, comment] = [28, 30, 32].map(field => bytes.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    const header = bytes.readUInt32LE(at + 42);
    if (header + 30 > bytes.length) throw new Error('the zip archive is cut off');
    const data = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
    const packed = bytes.subarray(data, data + size);
    if (method !== STORED && method !== DEFLATED) throw new Error(`the zip archive has files of method ${method}`);
    yield {
      name: bytes.toString('utf8', at + 46, at + 46 + name),
      content: method === DEFLATED ? inflateRawSync(packed) : packed,
    };
    at += 46 + name + extra + comment;
  }
}

function directoryOf(bytes: Buffer, end: number): number {
  const locator = end - LENGTH_OF_LOCATOR;
  if (locator < 0 || bytes.readUInt32LE(locator) !== LOCATOR_64) return bytes.readUInt32LE(end + 16);
  const end64 = Number(bytes.readBigUInt64LE(locator + 8));
  if (end64 + 56 > locator || bytes.readUInt32LE(end64) !== END_64) throw new Error('the zip archive is cut off');
  return Number(bytes.readBigUInt64LE(end64 + 48));
}
