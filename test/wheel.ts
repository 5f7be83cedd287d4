// Wheels that a test makes up: one module each.
import { createHash } from 'node:crypto';
import { makeZip } from './zip.ts';

export interface Wheel {
  name: string;
  version: string;
  /** What the file's name says of where it can be installed. */
  tag?: string;
  /** Requirements of its own, a line each. */
  requires?: string[];
  /** Its module. */
  text?: string;
}

export function makeWheel({ name, version, tag = 'py3-none-any', requires = [], text = '' }: Wheel) {
  const module = name.replaceAll('-', '_');
  const info = `${module}-${version}.dist-info`;
  const needs = requires.map(line => `Requires-Dist: ${line}\n`).join('');
  const files: Record<string, string> = {
    [`${module}.py`]: text,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${needs}`,
    [`${info}/WHEEL`]: `Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: ${tag}\n`,
  };
  files[`${info}/RECORD`] = [...Object.keys(files), `${info}/RECORD`].map(path => `${path},,\n`).join('');
  const bytes = makeZip(files);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { file: `${module}-${version}-${tag}.whl`, bytes, sha256 };
}
