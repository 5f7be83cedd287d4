// A program named buildctl for the PATH: records how it was called, and behaves as the test says.
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Platform } from '../../../../images/platform.ts';

/** What one platform's build does: prints `lines`, waits `delay` milliseconds, ends with `status`. */
export interface Behaviour {
  lines?: string[];
  delay?: number;
  status?: number;
  /** What its metadata file says was built. */
  digest?: string;
}

export interface Recorded {
  args: string[];
  home: string;
  dockerConfig?: string;
  ended: 'terminated' | 'by itself';
}

const PROGRAM = (node: string) => `#!${node}
const fs = require('node:fs'), path = require('node:path');
const args = process.argv.slice(2), folder = __dirname;
const option = name => args.find(arg => arg.startsWith(name))?.slice(name.length);
const platform = option('--opt=platform=');
const behaviour = JSON.parse(fs.readFileSync(path.join(folder, 'behaviours.json'), 'utf8'))[platform] ?? {};
const record = ended => fs.writeFileSync(path.join(folder, platform.replaceAll('/', '-') + '.json'), JSON.stringify({ args, home: process.env.HOME, dockerConfig: process.env.DOCKER_CONFIG, ended }));
process.on('SIGTERM', () => { record('terminated'); process.exit(1); });
record('by itself');
for (const line of behaviour.lines ?? []) console.error(line);
setTimeout(() => {
  if (behaviour.digest) fs.writeFileSync(option('--metadata-file='), JSON.stringify({ 'containerimage.digest': behaviour.digest }));
  process.exit(behaviour.status ?? 0);
}, behaviour.delay ?? 0);
`;

/** Puts the program into `folder`; gives the environment in which it is found. */
export function fakeBuildctl(folder: string, behaviours: Record<Platform, Behaviour>): NodeJS.ProcessEnv {
  const program = join(folder, 'buildctl');
  writeFileSync(program, PROGRAM(process.execPath));
  chmodSync(program, 0o755);
  writeFileSync(join(folder, 'behaviours.json'), JSON.stringify(behaviours));
  return { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
}

/** How the program was called for a platform; undefined where it wasn't. */
export function recorded(folder: string, platform: Platform): Recorded | undefined {
  const file = join(folder, `${platform.replaceAll('/', '-')}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Recorded) : undefined;
}
