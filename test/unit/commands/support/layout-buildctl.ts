// A program named buildctl for the PATH that builds as BuildKit does, as far as `slipway build --system` can tell: it
// leaves an OCI layout, and behaves as the test says.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What the build of one Dockerfile does, by a part of the Dockerfile's folder. */
export interface Behaviour {
  /** Printed before it ends. */
  lines?: string[];
  /** Milliseconds that it takes. */
  delay?: number;
  status?: number;
  /** Text of the layer that is the image's own; default: the folder. */
  content?: string;
  /** In place of those that are asked for. */
  platforms?: string[];
}

export interface Recorded {
  args: string[];
  ended: 'terminated' | 'by itself';
  /** Milliseconds since 1970. */
  began: number;
  over: number;
}

/** In the layer that all images share. */
export const BASE_LAYER = 'base '.repeat(1000);

const PROGRAM = (node: string) => `#!${node}
const fs = require('node:fs'), path = require('node:path'), { createHash } = require('node:crypto');
const args = process.argv.slice(2), folder = __dirname;
const known = JSON.parse(fs.readFileSync(path.join(folder, 'behaviours.json'), 'utf8'));
if (args.includes('--version')) process.exit(0);
if (args.includes('workers')) {
  if (known.silent) { console.error('error: failed to list workers: connection error: desc = ' + known.silent); process.exit(1); }
  console.log(JSON.stringify((known.platforms ?? ['linux/amd64', 'linux/arm64']).map(text => ({ os: text.split('/')[0], architecture: text.split('/')[1] }))));
  process.exit(0);
}
const option = name => args.find(arg => arg.startsWith(name))?.slice(name.length);
const dockerfile = option('--local=dockerfile='), name = path.basename(dockerfile);
const behaviour = known.builds?.[name] ?? {};
const began = Date.now();
const file = path.join(folder, 'records', name + '.json');
const record = ended => {
  // Whole or not at all: the test looks while this is written.
  fs.writeFileSync(file + '.partial', JSON.stringify({ args, ended, began, over: Date.now() }));
  fs.renameSync(file + '.partial', file);
};
process.on('SIGTERM', () => { record('terminated'); process.exit(1); });
record('by itself');
const layout = /dest=([^,]+)/.exec(option('--output=') ?? '')?.[1];
const blobs = layout && path.join(layout, 'blobs/sha256');
const found = blobs && fs.existsSync(blobs) ? fs.readdirSync(blobs).length : 0;
const blob = (bytes, mediaType) => {
  const hex = createHash('sha256').update(bytes).digest('hex');
  fs.mkdirSync(path.join(layout, 'blobs/sha256'), { recursive: true });
  // As BuildKit: a blob that is there may be one of other layouts, too, and is not written again.
  const file = path.join(layout, 'blobs/sha256', hex);
  if (!fs.existsSync(file)) fs.writeFileSync(file, bytes);
  return { mediaType, digest: 'sha256:' + hex, size: bytes.length };
};
const json = value => Buffer.from(JSON.stringify(value));
setTimeout(() => {
  record('by itself');
  for (const line of behaviour.lines ?? []) console.error(line);
  if (behaviour.status) process.exit(behaviour.status);
  fs.appendFileSync(path.join(folder, 'records', 'ended'), JSON.stringify({ name, exports: layout !== undefined, found, began, over: Date.now() }) + '\\n');
  if (!layout) return;
  const children = (behaviour.platforms ?? option('--opt=platform=').split(',')).map(text => {
    const [os, architecture] = text.split('/');
    const config = blob(json({ os, architecture, rootfs: { type: 'layers', diff_ids: [] } }), 'application/vnd.oci.image.config.v1+json');
    const layers = [${JSON.stringify(BASE_LAYER)}, (behaviour.content ?? name) + ' ' + text].map(text => blob(Buffer.from(text), 'application/vnd.oci.image.layer.v1.tar+gzip'));
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    return { ...blob(json({ schemaVersion: 2, mediaType, config, layers }), mediaType), platform: { os, architecture } };
  });
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const index = blob(json({ schemaVersion: 2, mediaType, manifests: children }), mediaType);
  fs.writeFileSync(path.join(layout, 'index.json'), json({ schemaVersion: 2, mediaType, manifests: [index] }));
  fs.writeFileSync(path.join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}, behaviour.delay ?? 0);
`;

export interface Behaviours {
  /** By the name of the Dockerfile's folder. */
  builds?: Record<string, Behaviour>;
  /** That the builder says it builds for, its own first. */
  platforms?: string[];
  /** Why the builder can't be reached. */
  silent?: string;
}

/** Puts the program into `folder`; gives the PATH on which it comes first. */
export function layoutBuildctl(folder: string, behaviours: Behaviours = {}): string {
  mkdirSync(join(folder, 'records'), { recursive: true });
  writeFileSync(join(folder, 'buildctl'), PROGRAM(process.execPath));
  chmodSync(join(folder, 'buildctl'), 0o755);
  writeFileSync(join(folder, 'behaviours.json'), JSON.stringify(behaviours));
  return `${folder}${delimiter}${process.env.PATH}`;
}

/** A build that ended well. */
export interface Ended {
  /** The Dockerfile's folder. */
  name: string;
  /** Whether it left a layout. */
  exports: boolean;
  /** Blobs that lay in the layout before. */
  found: number;
  began: number;
  over: number;
}

/** The builds that ended well, in the order of their ends. */
export function endedBuilds(folder: string): Ended[] {
  const lines = readFileSync(join(folder, 'records', 'ended'), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map(line => JSON.parse(line) as Ended);
}

/** How the program was called for the Dockerfile in a folder of this name; undefined where it wasn't. */
export function recordedBuild(folder: string, name: string): Recorded | undefined {
  const file = join(folder, 'records', `${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Recorded) : undefined;
}
