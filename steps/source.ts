// Where in the fetched source the Dockerfile and the build context are. What is written may stay inside the source and
// still lead out of it by a symbolic link, and the build would then send files of the pod to the builder.
import { realpath, stat } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { listNearest } from '../images/nearest.ts';
import { StepFailure } from './failure.ts';
import type { Source } from './fetch.ts';

/** Absolute paths, all symbolic links resolved. */
export interface BuildPlace {
  dockerfile: string;
  context: string;
}

/** Throws a StepFailure where one of the two is missing, of the wrong kind, or outside of the source. */
export async function locate(source: Source, dockerfile: string, context: string): Promise<BuildPlace> {
  return {
    dockerfile: await inside(source, 'dockerfile', dockerfile, 'file'),
    context: await inside(source, 'build-context', context, 'folder'),
  };
}

async function inside(source: Source, name: string, path: string, kind: 'file' | 'folder'): Promise<string> {
  const root = await realpath(source.folder);
  const at = `at commit ${source.commit.slice(0, 12)}`;
  let real: string;
  try {
    real = await realpath(join(root, path));
  } catch {
    throw new StepFailure(`${name} ${path} is not in the repository ${at}; ${candidates(source, path, kind)}`);
  }
  const way = relative(root, real);
  if (way === '..' || way.startsWith(`..${sep}`)) {
    throw new StepFailure(`${name} ${path} leads out of the repository by a symbolic link; allowed: a path inside it`);
  }
  const found = await stat(real);
  if (kind === 'file' ? !found.isFile() : !found.isDirectory()) {
    throw new StepFailure(`${name} ${path} is not a ${kind} ${at}; ${candidates(source, path, kind)}`);
  }
  return real;
}

function candidates({ files }: Source, path: string, kind: 'file' | 'folder'): string {
  const wanted = posix.normalize(path);
  if (kind === 'file') {
    const dockerfiles = files.filter(
      file => /dockerfile/i.test(posix.basename(file)) && !file.endsWith('.dockerignore'),
    );
    return `Dockerfiles that exist: ${listNearest(wanted, dockerfiles)}`;
  }
  const folders = [...new Set(files.map(file => posix.dirname(file)))];
  return `folders that exist: ${listNearest(wanted, folders)}`;
}
